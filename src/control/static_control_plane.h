#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/control_plane.h"

namespace ingress::control {

/// A control plane within the process: it knows its ingresses from the start and keeps their states
/// itself. There is no other node, so a start is never locked and nothing is handed over.
class StaticControlPlane final : public ControlPlane, private rpc::IoInfoClient, rpc::PeerClient {
 public:
  explicit StaticControlPlane(std::vector<::livekit::IngressInfo> ingresses);

  void Start(rpc::NodeRpc::Handlers node) override;
  boost::asio::awaitable<Result<void>> AwaitReady(std::chrono::milliseconds limit) override;
  boost::asio::awaitable<void> Stop() override;
  Condition condition() const override;
  rpc::IoInfoClient& ingresses() override { return *this; }
  rpc::PeerClient& nodes() override { return *this; }
  boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeSession(
      std::string id, rpc::SessionRpc::Handlers handlers) override;
  boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeParticipant(
      std::string room, std::string identity, rpc::SessionRpc::Handlers handlers) override;
  boost::asio::awaitable<std::unique_ptr<StartLock>> LockStart(std::string ingress_id) override;

  /// Changes an ingress, or takes it away, and asks its session to follow, as LiveKit's API does.
  /// Errors: "not_found".
  boost::asio::awaitable<rpc::RpcResult<void>> Update(::livekit::UpdateIngressRequest request);
  boost::asio::awaitable<rpc::RpcResult<void>> Delete(std::string ingress_id);

  /// The ingress with its state as it was reported last; null for none.
  const ::livekit::IngressInfo* Find(const std::string& ingress_id) const;

  /// The sessions of this node that run, as the node says.
  ::rpc::ListActiveIngressResponse ListActive() const { return node_.list_active_ingress(); }

 private:
  using Served = std::multimap<std::string, rpc::SessionRpc::Handlers>;  // by topic
  class Registration;

  boost::asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string stream_key) override;
  boost::asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(
      std::string ingress_id, ::livekit::IngressState state) override;
  boost::asio::awaitable<rpc::RpcResult<::ingress::peer::HandOverResponse>> HandOver(
      std::string ingress_id, ::ingress::peer::HandOverRequest request, bool expected) override;
  boost::asio::awaitable<rpc::RpcResult<std::string>> DebugInfo(std::string ingress_id) override;
  boost::asio::awaitable<rpc::RpcResult<::ingress::peer::HolderResponse>> Holder(
      std::string room, std::string identity) override;
  boost::asio::awaitable<rpc::RpcResult<void>> DeleteWhip(
      ::rpc::DeleteWHIPResourceRequest request) override;
  boost::asio::awaitable<rpc::RpcResult<::rpc::ICERestartWHIPResourceResponse>> RestartWhipIce(
      ::rpc::ICERestartWHIPResourceRequest request) override;
  std::unique_ptr<rpc::SessionRpc> Serve(std::string topic, rpc::SessionRpc::Handlers handlers);

  std::map<std::string, ::livekit::IngressInfo> ingresses_;  // by id
  std::shared_ptr<Served> served_;
  rpc::NodeRpc::Handlers node_;
};

}  // namespace ingress::control
