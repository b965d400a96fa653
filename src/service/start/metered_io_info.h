#pragma once

#include <memory>
#include <string>
#include <utility>

#include "rpc/ingress_control.h"
#include "service/session/session_metrics.h"

namespace ingress::service {

/// The calls to livekit-server, with their results counted.
class MeteredIoInfo final : public rpc::IoInfoClient {
 public:
  MeteredIoInfo(std::unique_ptr<rpc::IoInfoClient> inner, SessionMetrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}

  boost::asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string stream_key) override {
    auto result = co_await inner_->GetIngressInfo(std::move(stream_key));
    metrics_.CountRpc("GetIngressInfo", result ? "ok" : result.error().code);
    co_return result;
  }

  boost::asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(
      std::string ingress_id, ::livekit::IngressState state) override {
    auto result = co_await inner_->UpdateIngressState(std::move(ingress_id), std::move(state));
    metrics_.CountRpc("UpdateIngressState", result ? "ok" : result.error().code);
    co_return result;
  }

 private:
  std::unique_ptr<rpc::IoInfoClient> inner_;
  SessionMetrics& metrics_;
};

}  // namespace ingress::service
