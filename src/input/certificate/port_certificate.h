#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "input/certificate/certificate_validity.h"
#include "input/certificate/file_change.h"
#include "net/event.h"
#include "net/tls_server.h"
#include "observability/logger.h"
#include "observability/metrics.h"

namespace ingress::input {

/// When the certificate of `server` is valid.
CertificateValidity ValidityOf(const net::TlsServer& server);

/// The certificate of a port of encoders. Its files are read again when they change; connections
/// that run keep what they began with. Confined to one executor.
class PortCertificate {
 public:
  struct Files {
    std::string certificate;
    std::string key;
  };

  /// `port`: for people, as "RTMPS port". `valid_until` shows the time at which it expires.
  PortCertificate(Files files, std::string port, prometheus::Gauge& valid_until,
                  const observability::Logger& logger);

  /// What the files hold. May wait for a disk. Errors name the file and what is wrong with it.
  static Result<std::shared_ptr<const net::TlsServer>> ReadFiles(const Files& files);

  /// Reads the files for the first time. Errors name the file and what is wrong with it.
  boost::asio::awaitable<Result<void>> Load();

  /// Follows the files until Stop(). What cannot be used, or is not valid now while the certificate
  /// before it is, is told in the log, and the one before stays.
  boost::asio::awaitable<void> Watch();
  void Stop();

  /// For the next connection. To be called after Load() only.
  const std::shared_ptr<const net::TlsServer>& server() const { return server_; }

 private:
  using Stamps = std::array<FileStamp, 2>;
  struct Read;

  static Stamps Look(const Files& files);
  static Read ReadAll(const Files& files);
  Result<void> Use(const Read& read);
  void Show(std::shared_ptr<const net::TlsServer> server);
  void ShowWhatWaits();
  boost::asio::awaitable<void> Reload();

  std::string OldOneStays() const;

  Files files_;
  std::string port_;
  observability::Logger logger_;
  std::shared_ptr<const net::TlsServer> server_;
  std::shared_ptr<const net::TlsServer> waiting_;  // read, but not valid (yet)
  FileChange<Stamps> change_;
  prometheus::Gauge& valid_until_;
  net::Event stop_;
  bool stopping_ = false;
};

}  // namespace ingress::input
