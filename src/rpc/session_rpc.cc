#include <utility>

#include "rpc/ingress_control.h"
#include "rpc/rpc_server.h"

namespace ingress::rpc {
namespace {

constexpr const char* kService = "IngressHandler";

class PsrpcSessionRpc final : public SessionRpc {
 public:
  PsrpcSessionRpc(std::unique_ptr<RpcServer> delete_ingress,
                  std::unique_ptr<RpcServer> update_ingress)
      : delete_ingress_(std::move(delete_ingress)), update_ingress_(std::move(update_ingress)) {}

 private:
  std::unique_ptr<RpcServer> delete_ingress_;
  std::unique_ptr<RpcServer> update_ingress_;
};

}  // namespace

boost::asio::awaitable<Result<std::unique_ptr<SessionRpc>>> SessionRpc::Make(
    boost::asio::any_io_executor executor, MessageBus& bus, std::string ingress_id,
    Handlers handlers) {
  RpcServer::Method method{.service = kService, .name = "DeleteIngress", .topic = ingress_id};
  auto delete_ingress = co_await RpcServer::Make(executor, bus, method,
                                                 PrepareTyped(std::move(handlers.delete_ingress)));
  if (!delete_ingress) co_return std::unexpected(delete_ingress.error());

  method.name = "UpdateIngress";
  auto update_ingress = co_await RpcServer::Make(executor, bus, method,
                                                 PrepareTyped(std::move(handlers.update_ingress)));
  if (!update_ingress) co_return std::unexpected(update_ingress.error());

  co_return std::make_unique<PsrpcSessionRpc>(std::move(*delete_ingress),
                                              std::move(*update_ingress));
}

}  // namespace ingress::rpc
