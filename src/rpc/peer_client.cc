#include <utility>

#include "rpc/channel_name.h"
#include "rpc/ingress_control.h"
#include "rpc/rpc_client.h"

namespace ingress::rpc {
namespace {

constexpr const char* kService = "IngressPeer";

class PsrpcPeerClient final : public PeerClient {
 public:
  PsrpcPeerClient(MessageBus& bus, std::unique_ptr<RpcClient> client)
      : bus_(bus), client_(std::move(client)) {}

  boost::asio::awaitable<RpcResult<::ingress::peer::HandOverResponse>> HandOver(
      std::string ingress_id, ::ingress::peer::HandOverRequest request, bool expected) override {
    return Ask<::ingress::peer::HandOverResponse>("HandOver", std::move(ingress_id),
                                                  request.SerializeAsString(), expected);
  }

  boost::asio::awaitable<RpcResult<std::string>> DebugInfo(std::string ingress_id) override {
    auto response = co_await Ask<::ingress::peer::DebugInfoResponse>(
        "DebugInfo", std::move(ingress_id), std::string(), true);
    if (!response) co_return std::unexpected(response.error());
    co_return response->json();
  }

  boost::asio::awaitable<RpcResult<::ingress::peer::HolderResponse>> Holder(
      std::string room, std::string identity) override {
    auto response = co_await Ask<::ingress::peer::HolderResponse>(
        "Holder", SessionRpc::TopicOf(room, identity), std::string(), false);
    if (response && (response->room() != room || response->identity() != identity)) {
      co_return RpcFail("unavailable", "a session of another participant has this topic");
    }
    co_return response;
  }

 private:
  template <typename Response>
  boost::asio::awaitable<RpcResult<Response>> Ask(std::string method, std::string topic,
                                                  std::string argument, bool expected) {
    // Nobody to be asked is the usual case, and need not be waited for.
    const auto heard = co_await bus_.HasListeners(RequestChannel(kService, method, topic));
    if (!heard.value_or(expected)) co_return RpcFail("unavailable", "no node holds a session");
    const RpcResult<std::string> bytes =
        co_await client_->Call(method, std::move(topic), std::move(argument));
    if (!bytes) co_return std::unexpected(bytes.error());
    Response response;
    if (!response.ParseFromString(*bytes)) {
      co_return RpcFail("malformed_result", method + ": not a usable response");
    }
    co_return response;
  }

  MessageBus& bus_;
  std::unique_ptr<RpcClient> client_;
};

}  // namespace

boost::asio::awaitable<Result<std::unique_ptr<PeerClient>>> PeerClient::Make(MessageBus& bus) {
  auto client = co_await RpcClient::Make(bus, kService);
  if (!client) co_return std::unexpected(client.error());
  co_return std::make_unique<PsrpcPeerClient>(bus, std::move(*client));
}

}  // namespace ingress::rpc
