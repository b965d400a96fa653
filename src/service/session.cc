#include "service/session.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "net/deadline.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kWatchEvery = 250ms;
constexpr auto kSilentHung = 3s;           // a handler that says nothing and wants no processor
constexpr auto kSilentStarved = 10s;       // one that wants a processor and gets none, or spins
constexpr auto kFinishWithin = 6s;         // from the order to stop, or the end of the stream
constexpr auto kExitWithin = 2s;           // from its last word
constexpr auto kRpcAnswerWithin = 2500ms;  // livekit-server waits 3 s

}  // namespace

Session::Session(Parts parts)
    : executor_(parts.executor),
      bus_(parts.bus),
      info_(std::move(parts.info)),
      resource_id_(std::move(parts.resource_id)),
      feed_(std::move(parts.feed)),
      handler_(std::move(parts.handler)),
      reporter_(std::move(parts.reporter)),
      logger_(std::move(parts.logger)),
      close_encoder_(std::move(parts.close_encoder)),
      tasks_(executor_),
      watch_(executor_),
      end_(executor_, TimePoint::max()) {}

asio::awaitable<Result<void>> Session::Begin(ipc::Job job) {
  ipc::ToHandler message;
  *message.mutable_job() = std::move(job);
  co_return co_await handler_->channel().Send(std::move(message));
}

asio::awaitable<void> Session::Run() {
  const auto self = shared_from_this();
  last_word_ = Clock::now();
  tasks_.Spawn(RegisterRpc());
  tasks_.Spawn(WatchHandler());
  co_await ReceiveFromHandler();
  if (!finished_) handler_->child().Kill();
  const auto exit = co_await handler_->child().Terminate(kExitWithin);
  handler_gone_ = true;
  if (!finished_ && !reporter_->state().failure()) {
    const Failure failure = hung_ ? Failure(FailureCode::kHandlerHung)
                                  : Failure(FailureCode::kHandlerCrashed, exit.Describe());
    logger_.Error("the handler failed", {{"code", failure.name()}, {"end", exit.Describe()}});
    reporter_->state().Fail(failure);
  }
  if (close_encoder_) {
    std::exchange(close_encoder_, {})(failure().value_or(Failure(FailureCode::kInternal)));
  }
  feed_.reset();
  rpc_.reset();
  reporter_->state().End(WallClock::now());
  reporter_->Kick();
  watch_.cancel();
  co_await tasks_.Join();
  if (const auto& why = failure(); why && !why->clean_end()) {
    logger_.Warn("session ended", {{"code", why->name()}, {"error", why->Message()}});
  } else {
    logger_.Info("session ended", {{"reason", why ? why->name() : "stream_ended"}});
  }
  ended_ = true;
  end_.cancel();
}

void Session::OnMedia(rtmp::MediaMessage message) {
  if (!feed_) return;
  feed_->Push({.type = static_cast<flv::TagType>(message.kind),
               .timestamp = message.timestamp,
               .payload = std::move(message.payload)});
}

void Session::OnEncoderEnd(const rtmp::PublishEnd& end) {
  using Cause = rtmp::PublishEnd::Cause;
  close_encoder_ = {};
  logger_.Info("the encoder's publish ended", {{"detail", end.detail}});
  if (end.cause == Cause::kTimedOut) {
    reporter_->state().Fail(Failure(FailureCode::kPublisherTimedOut, end.detail));
  } else if (end.cause == Cause::kProtocolError) {
    reporter_->state().Fail(Failure(FailureCode::kProtocolError, end.detail));
  }
  BeginEnding();
  if (feed_) feed_->End();  // the handler reads what is left, then leaves the room
}

void Session::Stop(const Failure& failure) {
  if (ending_since_) return;
  reporter_->state().Fail(failure);
  BeginEnding();
  if (close_encoder_) std::exchange(close_encoder_, {})(failure);
  tasks_.Spawn(SendStop(std::string(failure.name())));
}

void Session::BeginEnding() {
  if (!ending_since_) ending_since_ = Clock::now();
}

asio::awaitable<void> Session::SendStop(std::string reason) {
  ipc::ToHandler message;
  message.mutable_stop()->set_reason(std::move(reason));
  // A handler that cannot take it is dealt with by WatchHandler.
  co_await handler_->channel().Send(std::move(message));
}

asio::awaitable<bool> Session::AwaitEnd(std::shared_ptr<Session> session) {
  while (!session->ended_) co_await session->end_.async_wait(kAwait);
  co_return true;
}

asio::awaitable<void> Session::RegisterRpc() {
  const std::weak_ptr<Session> weak = weak_from_this();
  const auto ending = [weak](FailureCode code) {
    return [weak, code](const auto& /*request*/) { return EndByRpc(weak, code); };
  };
  auto registered =
      co_await rpc::SessionRpc::Make(executor_, bus_, info_.ingress_id(),
                                     {.delete_ingress = ending(FailureCode::kIngressDeleted),
                                      .update_ingress = ending(FailureCode::kIngressUpdated)});
  if (!registered) {
    // The stream goes on; only remote orders do not reach it until the bus is back.
    logger_.Warn("session topics not registered", {{"error", registered.error()}});
    co_return;
  }
  if (!handler_gone_) rpc_ = std::move(*registered);
}

asio::awaitable<rpc::RpcResult<::livekit::IngressState>> Session::EndByRpc(
    std::weak_ptr<Session> weak, FailureCode code) {
  const std::shared_ptr<Session> session = weak.lock();
  if (!session) co_return std::unexpected(rpc::RpcError{"not_found", "ingress not found"});
  session->Stop(Failure(code));
  // livekit-server 1.13.5 deletes the ingress once it has our answer, and dies of a state update
  // that arrives meanwhile. So the last state is stored before the answer, or not at all.
  co_await net::TryFor(kRpcAnswerWithin, AwaitStored(session));
  if (code == FailureCode::kIngressDeleted) session->reporter_->Abandon();
  co_return session->reporter_->state().state();
}

asio::awaitable<bool> Session::AwaitStored(std::shared_ptr<Session> session) {
  co_await AwaitEnd(session);
  co_return co_await StateReporter::AwaitDone(session->reporter_);
}

asio::awaitable<void> Session::ReceiveFromHandler() {
  while (true) {
    auto message = co_await handler_->channel().Receive();
    if (!message) co_return;
    last_word_ = Clock::now();
    if (message->has_heartbeat()) {
      load_.OnHeartbeat(message->heartbeat().cpu_seconds(), last_word_);
    } else if (message->has_report()) {
      OnReport(message->report());
    } else if (message->has_finished()) {
      OnFinished(message->finished());
      co_return;
    }
  }
}

void Session::OnReport(const ipc::Report& report) {
  SessionState& state = reporter_->state();
  if (report.has_video()) state.SetVideo(report.video());
  if (report.has_audio()) state.SetAudio(report.audio());
  if (!report.room_id().empty()) state.SetRoomId(report.room_id());
  if (report.tracks_size() > 0) state.SetTracks({report.tracks().begin(), report.tracks().end()});
  if (report.publishing()) state.SetPublishing();
  if (state.update_due()) reporter_->Kick();
}

void Session::OnFinished(const ipc::Finished& finished) {
  finished_ = true;
  if (finished.ok()) return;
  const FailureCode code = ParseFailureCode(finished.code()).value_or(FailureCode::kInternal);
  reporter_->state().Fail(Failure(code, finished.cause(), finished.remedy()));
}

asio::awaitable<void> Session::WatchHandler() {
  while (!handler_gone_) {
    watch_.expires_after(kWatchEvery);
    co_await watch_.async_wait(kAwait);
    if (handler_gone_ || finished_) co_return;
    const TimePoint now = Clock::now();
    const auto silent = now - last_word_;
    const bool dead = silent > kSilentStarved || (silent > kSilentHung && !handler_->IsRunnable());
    const bool late = ending_since_ && now - *ending_since_ > kFinishWithin;
    if (!dead && !late) continue;
    hung_ = true;
    logger_.Error(
        "the handler does not answer, ending it",
        {{"silentMs", std::chrono::duration_cast<std::chrono::milliseconds>(silent).count()},
         {"ending", ending_since_.has_value()}});
    handler_->child().Kill();
    co_return;
  }
}

}  // namespace ingress::service
