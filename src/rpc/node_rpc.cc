#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "rpc/ingress_control.h"
#include "rpc/rpc_server.h"

namespace ingress::rpc {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kService = "IngressInternal";
constexpr float kLeastAffinity = 0.001F;  // 0 is never chosen
constexpr auto kLeftToOthers = 400ms;     // of the second in which bids are taken

using ListActiveIngress = std::function<::rpc::ListActiveIngressResponse()>;
using StartIngress =
    std::function<RpcResult<::livekit::IngressInfo>(const ::rpc::StartIngressRequest&)>;

class PsrpcNodeRpc final : public NodeRpc {
 public:
  PsrpcNodeRpc(std::unique_ptr<RpcServer> list, std::unique_ptr<RpcServer> start)
      : list_(std::move(list)), start_(std::move(start)) {}

 private:
  std::unique_ptr<RpcServer> list_;
  std::unique_ptr<RpcServer> start_;
};

boost::asio::awaitable<RpcResult<::rpc::ListActiveIngressResponse>> List(ListActiveIngress list) {
  co_return list();
}

RpcServer::Prepare PrepareList(ListActiveIngress list) {
  using Handler = std::function<boost::asio::awaitable<RpcResult<::rpc::ListActiveIngressResponse>>(
      ::rpc::ListActiveIngressRequest)>;
  return PrepareTyped(Handler(
      [list = std::move(list)](const ::rpc::ListActiveIngressRequest&) { return List(list); }));
}

boost::asio::awaitable<RpcResult<::livekit::IngressInfo>> Start(
    StartIngress start, ::rpc::StartIngressRequest request) {
  co_return start(request);
}

RpcServer::Prepare PrepareStart(StartIngress start) {
  using Handler = std::function<boost::asio::awaitable<RpcResult<::livekit::IngressInfo>>(
      ::rpc::StartIngressRequest)>;
  return PrepareTyped(Handler([start = std::move(start)](::rpc::StartIngressRequest request) {
    return Start(start, std::move(request));
  }));
}

}  // namespace

// A pull from a URL is not served here, and whoever asked for one is told so; but only when no
// other node bids for it, such as one of LiveKit's own ingress beside this one. Those bid 1 at
// once, and livekit-server takes the highest bid 200 ms after the first, so they win with this bid
// or without. What an answer without a bid would do is worse: livekit-server takes it for the
// answer of the node that it has chosen, when it comes late.
boost::asio::awaitable<Result<std::unique_ptr<NodeRpc>>> NodeRpc::Make(MessageBus& bus,
                                                                       Handlers handlers) {
  // Every node answers for itself.
  const RpcServer::Method list_method{.service = std::string(kService),
                                      .name = "ListActiveIngress",
                                      .topic = "",
                                      .queue = false,
                                      .claim = false};
  auto list = co_await RpcServer::Make(bus, list_method,
                                       PrepareList(std::move(handlers.list_active_ingress)));
  if (!list) co_return std::unexpected(list.error());
  const RpcServer::Method start_method{.service = std::string(kService),
                                       .name = "StartIngress",
                                       .topic = "",
                                       .queue = false,
                                       .claim = true,
                                       .affinity = kLeastAffinity,
                                       .bid_after = kLeftToOthers};
  auto start =
      co_await RpcServer::Make(bus, start_method, PrepareStart(std::move(handlers.start_ingress)));
  if (!start) co_return std::unexpected(start.error());
  co_return std::make_unique<PsrpcNodeRpc>(std::move(*list), std::move(*start));
}

}  // namespace ingress::rpc
