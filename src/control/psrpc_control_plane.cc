#include "control/psrpc_control_plane.h"

#include <utility>

#include "control/bus_lock.h"
#include "control/redis_remedy.h"
#include "rpc/redis_bus.h"

namespace ingress::control {

namespace asio = boost::asio;

PsrpcControlPlane::PsrpcControlPlane(asio::any_io_executor executor,
                                     std::unique_ptr<rpc::MessageBus> bus, Remedy remedy)
    : executor_(std::move(executor)), bus_(std::move(bus)), remedy_(std::move(remedy)) {}

std::unique_ptr<PsrpcControlPlane> PsrpcControlPlane::OverRedis(
    const asio::any_io_executor& executor, const RedisSettings& redis,
    observability::Logger logger) {
  const auto remedy = [redis](const Error& problem) { return RedisRemedy(problem, redis); };
  // The bus tells of itself, but what its problem is only when it is asked.
  const auto self = std::make_shared<const rpc::RedisBus*>(nullptr);
  auto bus = std::make_unique<rpc::RedisBus>(
      executor, rpc::RedisOptions{.redis = redis},
      [self, remedy, logger = std::move(logger)](bool connected, const std::string& status) {
        if (connected) {
          logger.Info(status);
        } else {
          logger.Error(status, {{"remedy", remedy((*self)->problem().value_or(Error{}))}});
        }
      });
  *self = bus.get();
  return std::make_unique<PsrpcControlPlane>(executor, std::move(bus), remedy);
}

void PsrpcControlPlane::Start(rpc::NodeRpc::Handlers node) {
  node_handlers_ = std::move(node);
  bus_->Start();
}

asio::awaitable<Result<void>> PsrpcControlPlane::AwaitReady(std::chrono::milliseconds limit) {
  if (auto connected = co_await bus_->AwaitConnected(limit); !connected) {
    co_return std::unexpected(Error{ErrorCode::kUnavailable, connected.error().context});
  }
  auto ingresses = co_await rpc::IoInfoClient::Make(*bus_);
  if (!ingresses) co_return Wrap("RPC topics", std::move(ingresses.error()));
  auto node_rpc = co_await rpc::NodeRpc::Make(*bus_, node_handlers_);
  if (!node_rpc) co_return Wrap("RPC topics", std::move(node_rpc.error()));
  auto nodes = co_await rpc::PeerClient::Make(*bus_);
  if (!nodes) co_return Wrap("RPC topics", std::move(nodes.error()));
  ingresses_ = std::move(*ingresses);
  node_rpc_ = std::move(*node_rpc);
  nodes_ = std::move(*nodes);
  co_return Result<void>{};
}

asio::awaitable<void> PsrpcControlPlane::Stop() {
  node_rpc_.reset();
  nodes_.reset();
  ingresses_.reset();
  co_await bus_->Stop();
}

ControlPlane::Condition PsrpcControlPlane::condition() const {
  const auto problem = bus_->problem();
  std::string status = bus_->status();
  if (problem && remedy_) status += "; " + remedy_(*problem);
  return {.connected = bus_->connected(), .status = std::move(status)};
}

asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> PsrpcControlPlane::ServeSession(
    std::string id, rpc::SessionRpc::Handlers handlers) {
  return rpc::SessionRpc::Make(*bus_, std::move(id), std::move(handlers));
}

asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> PsrpcControlPlane::ServeParticipant(
    std::string room, std::string identity, rpc::SessionRpc::Handlers handlers) {
  return rpc::SessionRpc::Make(*bus_, rpc::SessionRpc::TopicOf(room, identity),
                               std::move(handlers));
}

asio::awaitable<std::unique_ptr<StartLock>> PsrpcControlPlane::LockStart(std::string ingress_id) {
  return BusLock::Take(executor_, *bus_, std::move(ingress_id));
}

}  // namespace ingress::control
