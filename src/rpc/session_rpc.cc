#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rpc/ingress_control.h"
#include "rpc/rpc_server.h"

namespace ingress::rpc {
namespace {

constexpr std::string_view kOfServer = "IngressHandler";
constexpr std::string_view kOfNodes = "IngressPeer";
constexpr std::chrono::milliseconds kLeftToOthers{300};  // of the second in which bids are taken

class PsrpcSessionRpc final : public SessionRpc {
 public:
  using Servers = std::vector<std::unique_ptr<RpcServer>>;

  PsrpcSessionRpc(Servers of_server, Servers of_nodes)
      : of_server_(std::move(of_server)), of_nodes_(std::move(of_nodes)) {}

  void Retire() override {
    of_nodes_.clear();
    for (const auto& server : of_server_) server->StandBack(kLeftToOthers);
  }

 private:
  Servers of_server_;  // calls of livekit-server
  Servers of_nodes_;   // calls of other nodes
};

struct Entry {
  std::string_view service;
  std::string_view name;
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
  entries.push_back({kOfServer, "DeleteIngress", PrepareIfAny(std::move(handlers.delete_ingress))});
  entries.push_back({kOfServer, "UpdateIngress", PrepareIfAny(std::move(handlers.update_ingress))});
  entries.push_back({kOfNodes, "HandOver", PrepareIfAny(std::move(handlers.hand_over))});
  entries.push_back({kOfNodes, "DebugInfo", PrepareIfAny(std::move(handlers.debug_info))});
  entries.push_back({kOfNodes, "Holder", PrepareIfAny(std::move(handlers.holder))});
  entries.push_back(
      {kOfServer, "DeleteWHIPResource", PrepareIfAny(std::move(handlers.delete_whip))});
  entries.push_back(
      {kOfServer, "ICERestartWHIPResource", PrepareIfAny(std::move(handlers.restart_whip_ice))});
  PsrpcSessionRpc::Servers of_server;
  PsrpcSessionRpc::Servers of_nodes;
  for (Entry& entry : entries) {
    if (!entry.prepare) continue;
    const RpcServer::Method method{
        .service = std::string(entry.service), .name = std::string(entry.name), .topic = topic};
    auto server = co_await RpcServer::Make(bus, method, std::move(entry.prepare));
    if (!server) co_return std::unexpected(server.error());
    (entry.service == kOfServer ? of_server : of_nodes).push_back(std::move(*server));
  }
  co_return std::make_unique<PsrpcSessionRpc>(std::move(of_server), std::move(of_nodes));
}

std::string SessionRpc::TopicOf(std::string_view room, std::string_view identity) {
  return std::string(room) + "/" + std::string(identity);
}

}  // namespace ingress::rpc
