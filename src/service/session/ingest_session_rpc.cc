// What others ask of a session over Redis: livekit-server, and nodes.
#include <utility>

#include "domain/ingress_change.h"
#include "domain/validation.h"
#include "net/deadline.h"
#include "service/session/ingest_session.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kRpcAnswerWithin = 2500ms;  // livekit-server waits 3 s
constexpr auto kDeletedWithin = 1500ms;    // what is left of that is for a state under way

}  // namespace

asio::awaitable<void> IngestSession::RegisterRpc() {
  const std::weak_ptr<IngestSession> weak = weak_from_this();
  auto registered = co_await control_.ServeSession(
      info_.ingress_id(),
      {.delete_ingress =
           [weak](const ::livekit::DeleteIngressRequest& /*request*/) { return DeleteByRpc(weak); },
       .update_ingress =
           [weak](::livekit::UpdateIngressRequest request) {
             return UpdateByRpc(weak, std::move(request));
           },
       .hand_over =
           [weak](::ingress::peer::HandOverRequest request) {
             return HandOverByRpc(weak, std::move(request));
           },
       .debug_info =
           [weak](const ::ingress::peer::DebugInfoRequest& /*request*/) {
             return DebugInfoByRpc(weak);
           }});
  start_lock_.reset();
  // Who reads from our first state that the session runs can reach it by now.
  reporter_->Open();
  if (!registered) {
    // The stream goes on; only remote orders do not reach it.
    logger_.Warn("session topics not registered", {{"error", registered.error()}});
    co_return;
  }
  rpc_ = std::move(*registered);
  co_await RegisterParticipant();
}

/// Lets a second ingress with our identity find us before it joins the room: it would throw us out,
/// our encoder would come back and throw it out, and so on for ever.
asio::awaitable<void> IngestSession::RegisterParticipant() {
  const std::string room = info_.room_name();
  const std::string identity = info_.participant_identity();
  auto registered = co_await control_.ServeParticipant(
      room, identity,
      {.holder = [weak = weak_from_this()](const ::ingress::peer::HolderRequest& /*request*/) {
        return HolderByRpc(weak);
      }});
  if (!registered) {
    logger_.Warn("participant topic not registered", {{"error", registered.error()}});
    co_return;
  }
  // It may have changed once more meanwhile.
  const bool current = room == info_.room_name() && identity == info_.participant_identity();
  if (current && !state_machine_.finished()) participant_rpc_ = std::move(*registered);
}

asio::awaitable<rpc::RpcResult<::livekit::IngressState>> IngestSession::DeleteByRpc(
    std::weak_ptr<IngestSession> weak) {
  const std::shared_ptr<IngestSession> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  session->metrics_.CountRpc("DeleteIngress", "ok");
  session->updates_.OnServerHeard();
  if (!session->ended_) session->Stop(Failure(FailureCode::kIngressDeleted));
  // livekit-server 1.13.5 deletes the ingress once it has our answer, and dies of a state update
  // that arrives meanwhile (docs/adr/0008). So the last state is stored before the answer, or not
  // at all; what is under way is waited for in any case.
  co_await net::TryFor(kDeletedWithin, AwaitStored(session));
  session->reporter_->Abandon();
  co_await net::TryFor(kRpcAnswerWithin - kDeletedWithin,
                       StateReporter::AwaitDone(session->reporter_));
  co_return session->reporter_->state().state();
}

asio::awaitable<rpc::RpcResult<::livekit::IngressState>> IngestSession::UpdateByRpc(
    std::weak_ptr<IngestSession> weak, ::livekit::UpdateIngressRequest request) {
  const std::shared_ptr<IngestSession> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  if (session->ended_) co_return session->reporter_->state().state();
  ::livekit::IngressInfo info = Apply(session->info_, request);
  const bool disabled = info.has_enabled() && !info.enabled();
  if (auto valid = ValidateIngress(info); !valid && !disabled) {
    co_return std::unexpected(
        rpc::RpcError{std::string(valid.error().code), valid.error().message});
  }
  session->metrics_.CountRpc("UpdateIngress", "ok");
  session->updates_.OnServerHeard();
  session->Adopt(std::move(info));
  if (disabled) co_await net::TryFor(kRpcAnswerWithin, AwaitStored(session));
  co_return session->reporter_->state().state();
}

asio::awaitable<rpc::RpcResult<::ingress::peer::HandOverResponse>> IngestSession::HandOverByRpc(
    std::weak_ptr<IngestSession> weak, ::ingress::peer::HandOverRequest request) {
  const std::shared_ptr<IngestSession> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  ::ingress::peer::HandOverResponse response;
  session->ListenToEncoder();
  response.set_was_live(session->arbiter_.live(Clock::now()));
  if (session->resumable() &&
      session->Judge(request.encoder_address()) == EncoderArbiter::Verdict::kRefuse) {
    response.set_refused(true);
    session->metrics_.CountRpc("HandOver", "already_exists");
    co_return response;
  }
  session->logger_.Info("another node takes the ingress over", {{"node", request.node_id()}});
  session->metrics_.CountRpc("HandOver", "ok");
  session->metrics_.CountChange(SessionMetrics::Change::kHandOver);
  session->Stop(Failure(FailureCode::kTakenOver));
  co_await net::TryFor(kRpcAnswerWithin, AwaitStored(session));
  response.set_started_at(session->reporter_->state().state().started_at());
  co_return response;
}

asio::awaitable<rpc::RpcResult<::ingress::peer::DebugInfoResponse>> IngestSession::DebugInfoByRpc(
    std::weak_ptr<IngestSession> weak) {
  const std::shared_ptr<IngestSession> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  ::ingress::peer::DebugInfoResponse response;
  response.set_json(co_await Describe(session));
  co_return response;
}

asio::awaitable<rpc::RpcResult<::ingress::peer::HolderResponse>> IngestSession::HolderByRpc(
    std::weak_ptr<IngestSession> weak) {
  const std::shared_ptr<IngestSession> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  ::ingress::peer::HolderResponse response;
  response.set_ingress_id(session->ingress_id());
  response.set_room(session->info_.room_name());
  response.set_identity(session->info_.participant_identity());
  session->ListenToEncoder();
  // An encoder that was cut off finds its session as it was; one that is silent for longer is dead.
  const bool heard = session->encoder_number_ == 0 ||
                     Clock::now() - session->arbiter_.heard_at() < session->participant_kept_;
  response.set_live(session->resumable() && heard);
  co_return response;
}

asio::awaitable<bool> IngestSession::AwaitStored(std::shared_ptr<IngestSession> session) {
  co_await AwaitEnd(session);
  co_return co_await StateReporter::AwaitDone(session->reporter_);
}

}  // namespace ingress::service
