#include "control/static_control_plane.h"

#include <algorithm>
#include <utility>

#include "domain/ingress_change.h"

namespace ingress::control {

namespace asio = boost::asio;

/// One topic that is served.
class StaticControlPlane::Registration final : public rpc::SessionRpc {
 public:
  Registration(std::shared_ptr<Served> served, Served::iterator entry)
      : served_(std::move(served)), entry_(entry) {}
  ~Registration() override { Remove(); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  /// Nobody here asks for a session by what it has read of it.
  void Retire() override { Remove(); }

 private:
  void Remove() {
    if (!std::exchange(removed_, true)) served_->erase(entry_);
  }

  std::shared_ptr<Served> served_;
  Served::iterator entry_;
  bool removed_ = false;
};

StaticControlPlane::StaticControlPlane(std::vector<::livekit::IngressInfo> ingresses)
    : served_(std::make_shared<Served>()) {
  for (::livekit::IngressInfo& info : ingresses) {
    std::string id = info.ingress_id();
    ingresses_.insert_or_assign(std::move(id), std::move(info));
  }
}

void StaticControlPlane::Start(rpc::NodeRpc::Handlers node) { node_ = std::move(node); }

asio::awaitable<Result<void>> StaticControlPlane::AwaitReady(std::chrono::milliseconds /*limit*/) {
  co_return Result<void>{};
}

asio::awaitable<void> StaticControlPlane::Stop() { co_return; }

ControlPlane::Condition StaticControlPlane::condition() const {
  return {.connected = true, .status = "ingresses of this node alone"};
}

const ::livekit::IngressInfo* StaticControlPlane::Find(const std::string& ingress_id) const {
  const auto found = ingresses_.find(ingress_id);
  return found == ingresses_.end() ? nullptr : &found->second;
}

std::unique_ptr<rpc::SessionRpc> StaticControlPlane::Serve(std::string topic,
                                                           rpc::SessionRpc::Handlers handlers) {
  const auto entry = served_->emplace(std::move(topic), std::move(handlers));
  return std::make_unique<Registration>(served_, entry);
}

asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> StaticControlPlane::ServeSession(
    std::string id, rpc::SessionRpc::Handlers handlers) {
  co_return Serve(std::move(id), std::move(handlers));
}

asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> StaticControlPlane::ServeParticipant(
    std::string room, std::string identity, rpc::SessionRpc::Handlers handlers) {
  co_return Serve(rpc::SessionRpc::TopicOf(room, identity), std::move(handlers));
}

asio::awaitable<std::unique_ptr<StartLock>> StaticControlPlane::LockStart(
    std::string /*ingress_id*/) {
  co_return std::make_unique<StartLock>();
}

asio::awaitable<rpc::RpcResult<void>> StaticControlPlane::Update(
    ::livekit::UpdateIngressRequest request) {
  const auto found = ingresses_.find(request.ingress_id());
  if (found == ingresses_.end()) co_return rpc::RpcFail("not_found", "ingress not found");
  found->second = Apply(std::move(found->second), request);
  const auto session = served_->find(request.ingress_id());
  if (session == served_->end()) co_return rpc::RpcResult<void>{};
  const auto update = session->second.update_ingress;
  const auto answer = co_await update(std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  co_return rpc::RpcResult<void>{};
}

asio::awaitable<rpc::RpcResult<void>> StaticControlPlane::Delete(std::string ingress_id) {
  if (!ingresses_.contains(ingress_id)) co_return rpc::RpcFail("not_found", "ingress not found");
  if (const auto session = served_->find(ingress_id); session != served_->end()) {
    const auto end = session->second.delete_ingress;
    ::livekit::DeleteIngressRequest request;
    request.set_ingress_id(ingress_id);
    const auto answer = co_await end(std::move(request));
    if (!answer) co_return std::unexpected(answer.error());
  }
  ingresses_.erase(ingress_id);
  co_return rpc::RpcResult<void>{};
}

asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> StaticControlPlane::GetIngressInfo(
    std::string stream_key) {
  const auto has_key = [&stream_key](const auto& entry) {
    return entry.second.stream_key() == stream_key;
  };
  const auto found = std::ranges::find_if(ingresses_, has_key);
  if (found == ingresses_.end()) co_return rpc::RpcFail("not_found", "ingress not found");
  ::rpc::GetIngressInfoResponse response;
  *response.mutable_info() = found->second;
  co_return response;
}

asio::awaitable<rpc::RpcResult<void>> StaticControlPlane::UpdateIngressState(
    std::string ingress_id, ::livekit::IngressState state) {
  const auto found = ingresses_.find(ingress_id);
  if (found == ingresses_.end()) co_return rpc::RpcFail("not_found", "ingress not found");
  *found->second.mutable_state() = std::move(state);
  co_return rpc::RpcResult<void>{};
}

asio::awaitable<rpc::RpcResult<::ingress::peer::HandOverResponse>> StaticControlPlane::HandOver(
    std::string /*ingress_id*/, ::ingress::peer::HandOverRequest /*request*/, bool /*expected*/) {
  co_return rpc::RpcFail("unavailable", "there is no other node");
}

asio::awaitable<rpc::RpcResult<std::string>> StaticControlPlane::DebugInfo(std::string ingress_id) {
  const auto session = served_->find(ingress_id);
  if (session == served_->end())
    co_return rpc::RpcFail("unavailable", "no session of this ingress");
  const auto describe = session->second.debug_info;
  const auto answer = co_await describe({});
  if (!answer) co_return std::unexpected(answer.error());
  co_return answer->json();
}

asio::awaitable<rpc::RpcResult<::ingress::peer::HolderResponse>> StaticControlPlane::Holder(
    std::string room, std::string identity) {
  const auto session = served_->find(rpc::SessionRpc::TopicOf(room, identity));
  if (session == served_->end())
    co_return rpc::RpcFail("unavailable", "nobody is this participant");
  const auto holder = session->second.holder;
  co_return co_await holder({});
}

asio::awaitable<rpc::RpcResult<void>> StaticControlPlane::DeleteWhip(
    ::rpc::DeleteWHIPResourceRequest request) {
  const auto session = served_->find(request.resource_id());
  if (session == served_->end() || !session->second.delete_whip) {
    co_return rpc::RpcFail("not_found", "no node has the session");
  }
  const auto end = session->second.delete_whip;
  const auto ended = co_await end(std::move(request));
  if (!ended) co_return std::unexpected(ended.error());
  co_return rpc::RpcResult<void>{};
}

asio::awaitable<rpc::RpcResult<::rpc::ICERestartWHIPResourceResponse>>
StaticControlPlane::RestartWhipIce(::rpc::ICERestartWHIPResourceRequest request) {
  const auto session = served_->find(request.resource_id());
  if (session == served_->end() || !session->second.restart_whip_ice) {
    co_return rpc::RpcFail("not_found", "no node has the session");
  }
  const auto restart = session->second.restart_whip_ice;
  co_return co_await restart(std::move(request));
}

}  // namespace ingress::control
