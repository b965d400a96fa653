#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "control/control_plane.h"
#include "domain/redis_settings.h"
#include "observability/logger.h"
#include "rpc/message_bus.h"

namespace ingress::control {

/// livekit-server and other nodes by psrpc, over a bus of its own.
class PsrpcControlPlane final : public ControlPlane {
 public:
  /// What helps against a problem that the bus has: one sentence.
  using Remedy = std::function<std::string(const Error& problem)>;

  PsrpcControlPlane(boost::asio::any_io_executor executor, std::unique_ptr<rpc::MessageBus> bus,
                    Remedy remedy = {});

  /// Over the configured Redis; what becomes of the connection is logged.
  static std::unique_ptr<PsrpcControlPlane> OverRedis(const boost::asio::any_io_executor& executor,
                                                      const RedisSettings& redis,
                                                      observability::Logger logger);

  void Start(rpc::NodeRpc::Handlers node) override;
  boost::asio::awaitable<Result<void>> AwaitReady(std::chrono::milliseconds limit) override;
  boost::asio::awaitable<void> Stop() override;
  Condition condition() const override;
  rpc::IoInfoClient& ingresses() override { return *ingresses_; }
  rpc::PeerClient& nodes() override { return *nodes_; }
  boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeSession(
      std::string id, rpc::SessionRpc::Handlers handlers) override;
  boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeParticipant(
      std::string room, std::string identity, rpc::SessionRpc::Handlers handlers) override;
  boost::asio::awaitable<std::unique_ptr<StartLock>> LockStart(std::string ingress_id) override;

 private:
  boost::asio::any_io_executor executor_;
  std::unique_ptr<rpc::MessageBus> bus_;
  Remedy remedy_;
  rpc::NodeRpc::Handlers node_handlers_;
  std::unique_ptr<rpc::IoInfoClient> ingresses_;
  std::unique_ptr<rpc::PeerClient> nodes_;
  std::unique_ptr<rpc::NodeRpc> node_rpc_;
};

}  // namespace ingress::control
