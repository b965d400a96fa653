#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "config/config.h"
#include "input/check.h"
#include "observability/logger.h"

namespace ingress::service {

using input::CheckLine;

/// `ingress check`: looks at everything that a node needs to serve `config`, without serving:
/// what its inputs need (ports, certificates), its other ports, Redis, livekit-server with its
/// certificate, our token and both clocks, encoders, descriptors.
class SelfCheck {
 public:
  using Print = std::function<void(const CheckLine& line)>;

  SelfCheck(boost::asio::any_io_executor executor, const config::Config& config,
            observability::Logger logger, Print print);

  /// Prints a line as each thing was looked at. True when all are good.
  boost::asio::awaitable<bool> Run();

 private:
  void Tell(const CheckLine& line);
  void Tell(bool good, std::string what, std::string text);
  void CheckDescriptors();
  void CheckCores();
  void CheckInputs();
  void CheckPorts();
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
