#include "input/whip/remote_sessions.h"

#include <utility>

#include "input/whip/rpc_problem.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;

/// The fragment of a PATCH, or what stands for it where a node has taken it apart.
std::string FragmentOf(const ::rpc::ICERestartWHIPResourceRequest& request) {
  if (!request.raw_trickle_ice_sdpfrag().empty()) return request.raw_trickle_ice_sdpfrag();
  return "a=ice-ufrag:" + request.user_fragment() + "\r\na=ice-pwd:" + request.password() + "\r\n";
}

asio::awaitable<rpc::RpcResult<rpc::Nothing>> AnswerDelete(
    std::function<std::expected<void, WhipProblem>(const std::string& secret)> remove,
    ::rpc::DeleteWHIPResourceRequest request) {
  const auto removed = remove(request.stream_key());
  if (!removed) co_return std::unexpected(RpcErrorOf(removed.error()));
  co_return rpc::Nothing{};
}

asio::awaitable<rpc::RpcResult<::rpc::ICERestartWHIPResourceResponse>> AnswerPatch(
    RemoteSessions::Asked asked, ::rpc::ICERestartWHIPResourceRequest request) {
  const auto patched = asked.patch(request.stream_key(), request.if_match(), FragmentOf(request));
  if (!patched) co_return std::unexpected(RpcErrorOf(patched.error()));
  ::rpc::ICERestartWHIPResourceResponse response;
  response.set_trickle_ice_sdpfrag(patched->fragment);
  response.set_etag(patched->tag);
  co_return response;
}

}  // namespace

asio::awaitable<std::expected<void, WhipProblem>> RemoteSessions::Delete(WhipTarget target) {
  ::rpc::DeleteWHIPResourceRequest request;
  request.set_resource_id(target.session_id);
  request.set_stream_key(target.secret);
  const auto deleted = co_await control_.nodes().DeleteWhip(std::move(request));
  if (!deleted) co_return std::unexpected(ProblemOf(deleted.error()));
  co_return std::expected<void, WhipProblem>{};
}

asio::awaitable<std::expected<WhipPublish::Patched, WhipProblem>> RemoteSessions::Patch(
    WhipTarget target, std::string if_match, std::string fragment) {
  ::rpc::ICERestartWHIPResourceRequest request;
  request.set_resource_id(target.session_id);
  request.set_stream_key(target.secret);
  request.set_if_match(std::move(if_match));
  if (const auto parsed = sdp::ParseIceFragment(fragment); parsed && parsed->ice) {
    request.set_user_fragment(parsed->ice->ufrag);
    request.set_password(parsed->ice->password);
  }
  request.set_raw_trickle_ice_sdpfrag(std::move(fragment));
  auto patched = co_await control_.nodes().RestartWhipIce(std::move(request));
  if (!patched) co_return std::unexpected(ProblemOf(patched.error()));
  co_return WhipPublish::Patched{.fragment = patched->trickle_ice_sdpfrag(),
                                 .tag = patched->etag()};
}

asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> RemoteSessions::Serve(std::string id,
                                                                                Asked asked) {
  rpc::SessionRpc::Handlers handlers;
  handlers.delete_whip = [remove = asked.remove](::rpc::DeleteWHIPResourceRequest request) {
    return AnswerDelete(remove, std::move(request));
  };
  handlers.restart_whip_ice = [asked =
                                   std::move(asked)](::rpc::ICERestartWHIPResourceRequest request) {
    return AnswerPatch(asked, std::move(request));
  };
  return control_.ServeSession(std::move(id), std::move(handlers));
}

}  // namespace ingress::input
