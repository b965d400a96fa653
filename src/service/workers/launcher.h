#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "config/config.h"
#include "domain/failure.h"
#include "livekit_ingress.pb.h"
#include "observability/logger.h"
#include "relay/server.h"
#include "rpc_io.pb.h"
#include "service/workers/handler_pool.h"
#include "service/workers/handler_run.h"

namespace ingress::service {

/// Puts handlers to work for one session, the first one and those that follow it.
class Launcher {
 public:
  /// What it uses of the node; all of it outlives the launcher.
  struct Node {
    boost::asio::any_io_executor executor;
    const config::Config& config;
    const relay::Server& relay;
    HandlerPool& handlers;
    const std::string& id;
  };

  /// `lookup`: what livekit-server said of the ingress.
  Launcher(Node node, const ::rpc::GetIngressInfoResponse& lookup, std::string resource_id,
           std::string relay_token, observability::Logger logger);

  /// A handler that has its job, for `info` as it is now. Tries a second process when the first
  /// does not start. Errors: kHandlerStartFailed, kInternal.
  boost::asio::awaitable<std::expected<std::shared_ptr<HandlerRun>, Failure>> Launch(
      ::livekit::IngressInfo info);

  void SetLogger(observability::Logger logger) { logger_ = std::move(logger); }

 private:
  boost::asio::awaitable<std::expected<std::shared_ptr<HandlerRun>, Failure>> Try(ipc::Job job);
  std::expected<ipc::Job, Failure> MakeJob(::livekit::IngressInfo info) const;

  Node node_;
  std::string token_;     // of livekit-server; empty: we sign
  std::string room_;      // which that token is for …
  std::string identity_;  // … and whom
  std::string ws_url_;    // of livekit-server; empty: the configured one
  std::string resource_id_;
  std::string relay_token_;
  observability::Logger logger_;
};

}  // namespace ingress::service
