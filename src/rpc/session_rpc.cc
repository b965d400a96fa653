#include <utility>
#include <vector>

#include "rpc/ingress_control.h"
#include "rpc/rpc_server.h"

namespace ingress::rpc {
namespace {

class PsrpcSessionRpc final : public SessionRpc {
 public:
  explicit PsrpcSessionRpc(std::vector<std::unique_ptr<RpcServer>> servers)
      : servers_(std::move(servers)) {}

 private:
  std::vector<std::unique_ptr<RpcServer>> servers_;
};

struct Entry {
  std::string service;
  std::string name;
  RpcServer::Prepare prepare;
};

/// Empty for a handler that is not there.
template <typename Handler>
RpcServer::Prepare PrepareIfAny(Handler handler) {
  return handler ? PrepareTyped(std::move(handler)) : RpcServer::Prepare();
}

}  // namespace

boost::asio::awaitable<Result<std::unique_ptr<SessionRpc>>> SessionRpc::Make(MessageBus& bus,
                                                                             std::string topic,
                                                                             Handlers handlers) {
  std::vector<Entry> entries;
  entries.push_back(
      {"IngressHandler", "DeleteIngress", PrepareIfAny(std::move(handlers.delete_ingress))});
  entries.push_back(
      {"IngressHandler", "UpdateIngress", PrepareIfAny(std::move(handlers.update_ingress))});
  entries.push_back({"IngressPeer", "HandOver", PrepareIfAny(std::move(handlers.hand_over))});
  entries.push_back({"IngressPeer", "DebugInfo", PrepareIfAny(std::move(handlers.debug_info))});
  entries.push_back({"IngressPeer", "Holder", PrepareIfAny(std::move(handlers.holder))});
  std::vector<std::unique_ptr<RpcServer>> servers;
  for (Entry& entry : entries) {
    if (!entry.prepare) continue;
    const RpcServer::Method method{.service = entry.service, .name = entry.name, .topic = topic};
    auto server = co_await RpcServer::Make(bus, method, std::move(entry.prepare));
    if (!server) co_return std::unexpected(server.error());
    servers.push_back(std::move(*server));
  }
  co_return std::make_unique<PsrpcSessionRpc>(std::move(servers));
}

std::string SessionRpc::TopicOf(std::string_view room, std::string_view identity) {
  return std::string(room) + "/" + std::string(identity);
}

}  // namespace ingress::rpc
