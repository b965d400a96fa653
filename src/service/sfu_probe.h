#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "base/result.h"
#include "net/task_scope.h"
#include "observability/logger.h"

namespace ingress::service {

/// Finds out whether livekit-server's address takes connections, so that a wrong ws_url is told at
/// the start and not by the first stream that fails. Confined to its executor.
class SfuProbe {
 public:
  /// `url`: ws_url as configured.
  SfuProbe(const boost::asio::any_io_executor& executor, std::string url,
           observability::Logger logger);

  void Start();
  boost::asio::awaitable<void> Stop();

  bool reachable() const { return reachable_; }

  /// One line for the health page, for example
  /// "livekit-server at ws://127.0.0.1:7880: Connection refused; trying again every few seconds".
  const std::string& status() const { return status_; }

 private:
  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<Result<void>> TryConnect();

  boost::asio::any_io_executor executor_;
  std::string url_;
  observability::Logger logger_;
  net::TaskScope tasks_;
  boost::asio::steady_timer pause_;
  bool stopping_ = false;
  bool reachable_ = false;
  std::string status_;
};

}  // namespace ingress::service
