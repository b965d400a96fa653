#include <chrono>
#include <utility>

#include "base/utf8.h"
#include "rpc/channel_name.h"
#include "rpc/ingress_control.h"
#include "rpc/rpc_client.h"

namespace ingress::rpc {
namespace {

constexpr const char* kService = "IngressPeer";
constexpr const char* kOfSessions = "IngressHandler";
constexpr std::chrono::seconds kWhipWithin{5};  // a client waits for the answer

class PsrpcPeerClient final : public PeerClient {
 public:
  PsrpcPeerClient(MessageBus& bus, std::unique_ptr<RpcClient> client,
                  std::unique_ptr<RpcClient> of_sessions)
      : bus_(bus), client_(std::move(client)), of_sessions_(std::move(of_sessions)) {}

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

  boost::asio::awaitable<RpcResult<void>> DeleteWhip(
      ::rpc::DeleteWHIPResourceRequest request) override {
    const auto bytes = co_await AskSession("DeleteWHIPResource", request.resource_id(),
                                           request.SerializeAsString());
    if (!bytes) co_return std::unexpected(bytes.error());
    co_return RpcResult<void>{};
  }

  boost::asio::awaitable<RpcResult<::rpc::ICERestartWHIPResourceResponse>> RestartWhipIce(
      ::rpc::ICERestartWHIPResourceRequest request) override {
    // Go rejects a whole message for one text that is not UTF-8.
    request.set_raw_trickle_ice_sdpfrag(ToValidUtf8(request.raw_trickle_ice_sdpfrag()));
    request.set_if_match(ToValidUtf8(request.if_match()));
    const auto bytes = co_await AskSession("ICERestartWHIPResource", request.resource_id(),
                                           request.SerializeAsString());
    if (!bytes) co_return std::unexpected(bytes.error());
    ::rpc::ICERestartWHIPResourceResponse response;
    if (!response.ParseFromString(*bytes)) {
      co_return RpcFail("malformed_result", "ICERestartWHIPResource: not a usable response");
    }
    co_return response;
  }

 private:
  boost::asio::awaitable<RpcResult<std::string>> AskSession(std::string method, std::string topic,
                                                            std::string argument) {
    const auto heard = co_await bus_.HasListeners(RequestChannel(kOfSessions, method, topic));
    if (!heard.value_or(true)) co_return RpcFail("not_found", "no node has the session");
    co_return co_await of_sessions_->Call(std::move(method), std::move(topic), std::move(argument),
                                          {.timeout = kWhipWithin});
  }

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
  std::unique_ptr<RpcClient> of_sessions_;
};

}  // namespace

boost::asio::awaitable<Result<std::unique_ptr<PeerClient>>> PeerClient::Make(MessageBus& bus) {
  auto client = co_await RpcClient::Make(bus, kService);
  if (!client) co_return std::unexpected(client.error());
  auto of_sessions = co_await RpcClient::Make(bus, kOfSessions);
  if (!of_sessions) co_return std::unexpected(of_sessions.error());
  co_return std::make_unique<PsrpcPeerClient>(bus, std::move(*client), std::move(*of_sessions));
}

}  // namespace ingress::rpc
