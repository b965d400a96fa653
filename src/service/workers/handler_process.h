#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ingress_ipc.pb.h"
#include "ipc/channel.h"
#include "ipc/child_process.h"
#include "observability/logger.h"
#include "service/workers/handler_watch.h"

namespace ingress::service {

/// One handler process and the channel to it. Confined to its executor.
class HandlerProcess {
 public:
  struct Options {
    std::vector<std::string> environment;  // "NAME=value", for the child
    observability::Logger logger;          // for what the child writes that is no log line of ours
  };

  /// Spawns a handler and waits until it is ready for a job.
  /// Errors: kInternal when it cannot be spawned or is of another build; kTimeout, kClosed when it
  /// does not say hello.
  static boost::asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> Start(
      boost::asio::any_io_executor executor, Options options);

  /// `logger`: shared with whoever passes on the child's output.
  HandlerProcess(std::unique_ptr<ipc::ChildProcess> child,
                 const boost::asio::any_io_executor& executor,
                 std::shared_ptr<observability::Logger> logger);

  ipc::ServiceChannel& channel() { return channel_; }
  ipc::ChildProcess& child() { return *child_; }
  int pid() const { return child_->pid(); }

  /// Of the certificate that it shows to WHIP clients, as in a=fingerprint.
  const std::string& dtls_fingerprint() const { return dtls_fingerprint_; }

  /// From now on, what the child writes that is no log line of ours is told by `logger`, which
  /// names the session that it works for.
  void SetLogger(observability::Logger logger) { *logger_ = std::move(logger); }

  /// What the handler's main thread does right now. One that is gone does nothing.
  HandlerWatch::Look Look() const;

 private:
  std::shared_ptr<observability::Logger> logger_;
  std::unique_ptr<ipc::ChildProcess> child_;
  ipc::ServiceChannel channel_;
  std::string dtls_fingerprint_;
};

}  // namespace ingress::service
