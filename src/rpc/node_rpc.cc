#include <utility>

#include "rpc/ingress_control.h"
#include "rpc/rpc_server.h"

namespace ingress::rpc {
namespace {

using ListActiveIngress = std::function<::rpc::ListActiveIngressResponse()>;

class PsrpcNodeRpc final : public NodeRpc {
 public:
  explicit PsrpcNodeRpc(std::unique_ptr<RpcServer> list) : list_(std::move(list)) {}

 private:
  std::unique_ptr<RpcServer> list_;
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

}  // namespace

// StartIngress is not registered: psrpc refuses a pull by silence, and the server asks elsewhere.
boost::asio::awaitable<Result<std::unique_ptr<NodeRpc>>> NodeRpc::Make(
    boost::asio::any_io_executor executor, MessageBus& bus, Handlers handlers) {
  // Every node answers for itself.
  const RpcServer::Method method{.service = "IngressInternal",
                                 .name = "ListActiveIngress",
                                 .topic = "",
                                 .queue = false,
                                 .claim = false};
  auto list = co_await RpcServer::Make(std::move(executor), bus, method,
                                       PrepareList(std::move(handlers.list_active_ingress)));
  if (!list) co_return std::unexpected(list.error());
  co_return std::make_unique<PsrpcNodeRpc>(std::move(*list));
}

}  // namespace ingress::rpc
