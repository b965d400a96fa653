#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "config/config.h"
#include "observability/logger.h"

namespace ingress::service {

/// One thing that a node needs, looked at.
struct CheckLine {
  bool good = false;
  std::string what;  // "redis"
  std::string text;  // what was found, and the remedy where it is not good
};

/// `ingress check`: looks at everything that a node needs to serve `config`, without serving:
/// ports, the certificate of RTMPS, Redis, livekit-server with its certificate, our token and both
/// clocks, encoders, descriptors.
class SelfCheck {
 public:
  using Print = std::function<void(const CheckLine& line)>;

  SelfCheck(boost::asio::any_io_executor executor, const config::Config& config,
            observability::Logger logger, Print print);

  /// Prints a line as each thing was looked at. True when all are good.
  boost::asio::awaitable<bool> Run();

 private:
  void Tell(bool good, std::string what, std::string text);
  void CheckDescriptors();
  void CheckCores();
  void CheckPorts();
  void CheckCertificate();
  boost::asio::awaitable<void> CheckEncoders();
  boost::asio::awaitable<void> CheckRedis();
  boost::asio::awaitable<void> CheckLiveKit();

  boost::asio::any_io_executor executor_;
  const config::Config& config_;
  observability::Logger logger_;
  Print print_;
  bool all_good_ = true;
};

}  // namespace ingress::service
