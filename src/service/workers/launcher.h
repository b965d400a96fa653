#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "config/config.h"
#include "domain/failure.h"
#include "livekit_ingress.pb.h"
#include "observability/logger.h"
#include "rpc_io.pb.h"
#include "service/workers/worker.h"

namespace ingress::service {

/// Puts workers to the stream of one session, the first one and those that follow it.
class Launcher {
 public:
  /// What it uses of the node; all of it outlives the launcher.
  struct Node {
    const config::Config& config;
    WorkerSource& workers;
    const std::string& id;
  };

  /// What its workers have to know of the input.
  struct Media {
    std::string relay_url;  // where the media is, a secret; empty: the handler gets it itself
    bool encodes_on_request = false;  // see input::PublishRequest
  };

  /// `lookup`: what livekit-server said of the ingress.
  Launcher(Node node, const ::rpc::GetIngressInfoResponse& lookup, std::string resource_id,
           Media media, observability::Logger logger);

  /// A worker that has its job, for `info` as it is now. Tries a second one when the first
  /// does not start. Errors: kHandlerStartFailed, kInternal.
  boost::asio::awaitable<std::expected<std::shared_ptr<Worker>, Failure>> Launch(
      ::livekit::IngressInfo info);

  void SetLogger(observability::Logger logger) { logger_ = std::move(logger); }

 private:
  boost::asio::awaitable<std::expected<std::shared_ptr<Worker>, Failure>> Try(ipc::Job job);
  std::expected<ipc::Job, Failure> MakeJob(::livekit::IngressInfo info) const;

  Node node_;
  std::string token_;     // of livekit-server; empty: we sign
  std::string room_;      // which that token is for …
  std::string identity_;  // … and whom
  std::string ws_url_;    // of livekit-server; empty: the configured one
  std::string resource_id_;
  Media media_;
  observability::Logger logger_;
};

}  // namespace ingress::service
