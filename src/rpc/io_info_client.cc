#include <utility>

#include "base/utf8.h"
#include "rpc/ingress_control.h"
#include "rpc/rpc_client.h"

namespace ingress::rpc {
namespace {

// Go rejects a whole message for one string that is not UTF-8. What we read out of an encoder or
// a library may be anything; what came out of a protobuf message has been checked there.
void SanitizeStrings(::livekit::IngressState& state) {
  state.set_error(ToValidUtf8(state.error()));
  state.set_room_id(ToValidUtf8(state.room_id()));
  state.set_resource_id(ToValidUtf8(state.resource_id()));
  if (state.has_video()) {
    state.mutable_video()->set_mime_type(ToValidUtf8(state.video().mime_type()));
  }
  if (state.has_audio()) {
    state.mutable_audio()->set_mime_type(ToValidUtf8(state.audio().mime_type()));
  }
}

class PsrpcIoInfoClient final : public IoInfoClient {
 public:
  explicit PsrpcIoInfoClient(std::unique_ptr<RpcClient> client) : client_(std::move(client)) {}

  boost::asio::awaitable<RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string stream_key) override {
    ::rpc::GetIngressInfoRequest request;
    request.set_stream_key(ToValidUtf8(stream_key));
    const RpcResult<std::string> bytes =
        co_await client_->Call("GetIngressInfo", "", request.SerializeAsString());
    if (!bytes) co_return std::unexpected(bytes.error());
    ::rpc::GetIngressInfoResponse response;
    if (!response.ParseFromString(*bytes) || !response.has_info()) {
      co_return RpcFail("malformed_result", "GetIngressInfo: not a usable response");
    }
    co_return response;
  }

  boost::asio::awaitable<RpcResult<void>> UpdateIngressState(
      std::string ingress_id, ::livekit::IngressState state) override {
    ::rpc::UpdateIngressStateRequest request;
    request.set_ingress_id(ToValidUtf8(ingress_id));
    SanitizeStrings(state);
    *request.mutable_state() = std::move(state);  // always present: livekit-server depends on it
    const RpcResult<std::string> bytes =
        co_await client_->Call("UpdateIngressState", "", request.SerializeAsString());
    if (!bytes) co_return std::unexpected(bytes.error());
    co_return RpcResult<void>{};
  }

 private:
  std::unique_ptr<RpcClient> client_;
};

}  // namespace

boost::asio::awaitable<Result<std::unique_ptr<IoInfoClient>>> IoInfoClient::Make(MessageBus& bus) {
  auto client = co_await RpcClient::Make(bus, "IOInfo");
  if (!client) co_return std::unexpected(client.error());
  co_return std::make_unique<PsrpcIoInfoClient>(std::move(*client));
}

}  // namespace ingress::rpc
