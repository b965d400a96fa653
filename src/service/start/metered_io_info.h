#pragma once

#include <string>
#include <utility>

#include "control/control_plane.h"
#include "service/session/session_metrics.h"

namespace ingress::service {

/// The calls of a control plane that is ready, with their results counted.
class MeteredIoInfo final : public rpc::IoInfoClient {
 public:
  /// Both outlive it.
  MeteredIoInfo(control::ControlPlane& control, SessionMetrics& metrics)
      : control_(control), metrics_(metrics) {}

  boost::asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string stream_key) override {
    auto result = co_await control_.ingresses().GetIngressInfo(std::move(stream_key));
    metrics_.CountRpc("GetIngressInfo", result ? "ok" : result.error().code);
    co_return result;
  }

  boost::asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(
      std::string ingress_id, ::livekit::IngressState state) override {
    auto result =
        co_await control_.ingresses().UpdateIngressState(std::move(ingress_id), std::move(state));
    metrics_.CountRpc("UpdateIngressState", result ? "ok" : result.error().code);
    co_return result;
  }

 private:
  control::ControlPlane& control_;
  SessionMetrics& metrics_;
};

}  // namespace ingress::service
