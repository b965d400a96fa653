#include "service/session/ingest_session.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "domain/ingress_change.h"
#include "ipc/wire.h"
#include "net/deadline.h"
#include "service/session/session_dump.h"
#include "service/workers/launcher.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Action = SessionStateMachine::Action;

constexpr std::chrono::milliseconds kMaxBatchInterval{100};  // that a handler may order
// So long an ended session may keep the next one of its ingress waiting, so that states come in
// their order.
constexpr auto kLastStateWithin = 500ms;
// Between livekit-server's look at the last state but one and its call are milliseconds, and
// seconds where it is overloaded; then it waits for an answer no longer than 3 s.
constexpr auto kReachableAfterLastState = 3s;

SessionStateMachine::Disconnect DisconnectOf(input::PublishEnd::Cause cause) {
  using Cause = input::PublishEnd::Cause;
  switch (cause) {
    case Cause::kUnpublished:
    case Cause::kClosedByUs:
      return SessionStateMachine::Disconnect::kInOrder;
    case Cause::kDisconnected:
    case Cause::kTimedOut:
      return SessionStateMachine::Disconnect::kCut;
    case Cause::kNeverCame:
    case Cause::kProtocolError:
      break;
  }
  return SessionStateMachine::Disconnect::kBroken;
}

std::optional<Failure> FailureOf(InputKind kind, const input::PublishEnd& end) {
  using Cause = input::PublishEnd::Cause;
  if (end.cause == Cause::kTimedOut) return Failure(FailureCode::kPublisherTimedOut, end.detail);
  if (end.cause == Cause::kNeverCame) return Failure(FailureCode::kNoMedia, end.detail);
  if (end.cause == Cause::kProtocolError) return ProtocolErrorFailure(kind, end.detail);
  return std::nullopt;
}

flv::TagType TagTypeOf(input::Media::Kind kind) {
  switch (kind) {
    case input::Media::Kind::kAudio:
      return flv::TagType::kAudio;
    case input::Media::Kind::kVideo:
      return flv::TagType::kVideo;
    case input::Media::Kind::kMetadata:
      break;
  }
  return flv::TagType::kScript;
}

/// What LiveKit's API shows as the error of an ingress while its stream goes on.
std::string WarningText(const ipc::State& state) {
  std::string text;
  for (const auto& warning : state.warnings()) {
    if (!text.empty()) text += ' ';
    text += warning.cause() + ". " + warning.remedy();
  }
  return text;
}

}  // namespace

IngestSession::IngestSession(Parts parts)
    : executor_(parts.executor),
      control_(parts.control),
      kind_(parts.kind),
      info_(std::move(parts.info)),
      resource_id_(std::move(parts.resource_id)),
      feed_(std::move(parts.feed)),
      launcher_(std::move(parts.launcher)),
      reporter_(std::move(parts.reporter)),
      logger_(std::move(parts.logger)),
      on_restart_(std::move(parts.on_restart)),
      state_machine_(parts.timing),
      arbiter_(std::move(parts.arbiter)),
      participant_kept_(std::max<std::chrono::milliseconds>(EncoderArbiter::kConsideredDeadAfter,
                                                            parts.timing.reconnect_grace)),
      start_lock_(std::move(parts.start_lock)),
      metrics_(parts.metrics),
      updates_(parts.updates),
      tasks_(executor_) {}

IngestSession::~IngestSession() = default;

asio::awaitable<std::expected<void, Failure>> IngestSession::Begin() {
  auto launched = co_await Launch();
  if (launched) reporter_->HoldBack();
  co_return launched;
}

/// Sets worker_ to a handler that knows the settings of now, be they changed while it started.
asio::awaitable<std::expected<void, Failure>> IngestSession::Launch() {
  const ::livekit::IngressInfo given = info_;
  auto worker = co_await launcher_->Launch(given);
  if (!worker) co_return std::unexpected(worker.error());
  worker_ = std::move(*worker);
  worker_->SetLogger(logger_);
  if (Compare(given, info_) == IngressChange::kLive) TellParticipant();
  co_return std::expected<void, Failure>{};
}

void IngestSession::TellParticipant() {
  ipc::ToHandler message;
  message.mutable_update()->set_participant_name(info_.participant_name());
  message.mutable_update()->set_participant_metadata(info_.participant_metadata());
  worker_->Tell(std::move(message));
}

asio::awaitable<void> IngestSession::Run() {
  const auto self = shared_from_this();
  reporter_->OnUnknown([weak = weak_from_this()] {
    if (const auto session = weak.lock()) session->Stop(Failure(FailureCode::kIngressDeleted));
  });
  tasks_.Spawn(RegisterRpc());
  tasks_.Spawn(WatchDeadline());
  while (!state_machine_.finished()) {
    const HandlerEnding end = co_await worker_->Run(
        {.state = [this](const ipc::State& state) { OnState(state); },
         .counters = [this](const ipc::Counters& counters) { OnCounters(counters); },
         .set_batch_interval =
             [this](std::chrono::milliseconds interval) { SetBatchInterval(interval); },
         .input = [this](const ipc::InputEvent& event) { OnInputEvent(event); }});
    SetBatchInterval({});  // the next one paces by what comes at once
    told_interval_ = {};
    counters_.Clear();  // the next one counts from 0
    const int restarts = state_machine_.restarts();
    Do(state_machine_.OnHandlerEnded(end.kind, end.failure, Clock::now()));
    if (state_machine_.restarts() > restarts && end.failure) OnHandlerReplaced(*end.failure);
    while (state_machine_.handler_starting()) co_await StartHandler();
  }
  End();
  co_await tasks_.Join();
  co_await net::TryFor(kLastStateWithin, StateReporter::AwaitDone(reporter_));
  if (rpc_) rpc_->Retire();
  if (const auto& why = failure(); why && !why->clean_end()) {
    logger_.Warn("session ended", {{"code", why->name()}, {"error", why->Message()}});
  } else {
    logger_.Info("session ended", {{"reason", why ? why->name() : "stream_ended"}});
  }
  ended_ = true;
  end_.Notify();
}

void IngestSession::OnHandlerReplaced(const Failure& failure) {
  logger_.Warn(feed_ ? "starting another handler, the encoder stays"
                     : "starting another handler, the encoder has to come back");
  on_restart_(failure);
  if (feed_ || !encoder_.close) return;
  // What it had agreed on with the encoder (keys, above all) is gone with it.
  CloseEncoder(failure);
  Do(state_machine_.OnEncoderGone(SessionStateMachine::Disconnect::kCut, failure, Clock::now()));
}

asio::awaitable<void> IngestSession::StayReachable(net::Event stop, const bool& stopping) {
  const auto self = shared_from_this();
  co_await StateReporter::AwaitDone(reporter_);
  const TimePoint until = Clock::now() + kReachableAfterLastState;
  while (rpc_ && !stopping && Clock::now() < until) co_await stop.WaitUntil(until);
  rpc_.reset();
}

void IngestSession::End() {
  metrics_.OnMedia(std::exchange(received_bytes_, 0));
  feed_.reset();
  participant_rpc_.reset();
  deadline_moved_.Notify();
  if (failure()) reporter_->state().Fail(*failure());
  reporter_->state().End(WallClock::now());
  reporter_->Wake();
}

asio::awaitable<void> IngestSession::StartHandler() {
  if (auto started = co_await Launch(); !started) {
    Do(state_machine_.OnHandlerStartFailed(started.error(), Clock::now()));
    co_return;
  }
  Do(state_machine_.OnHandlerStarted(Clock::now()));
}

asio::awaitable<void> IngestSession::WatchDeadline() {
  while (!state_machine_.finished()) {
    co_await deadline_moved_.WaitUntil(state_machine_.deadline());
    const TimePoint now = Clock::now();
    if (!state_machine_.finished() && now >= state_machine_.deadline())
      Do(state_machine_.OnDeadline(now));
  }
}

void IngestSession::Do(const SessionStateMachine::Actions& actions) {
  for (const Action action : actions) Do(action);
  deadline_moved_.Notify();  // it may have
}

void IngestSession::Do(Action action) {
  const std::string_view why = failure() ? failure()->name() : "stream_ended";
  switch (action) {
    case Action::kPauseFeed:
      logger_.Info("the encoder was cut off, waiting for it to come back");
      if (feed_) feed_->Pause();
      return;
    case Action::kNextGeneration:
      if (feed_) feed_->NewGeneration();
      return;
    case Action::kEndFeed:
      return EndInput();
    case Action::kCloseEncoder:
      return CloseEncoder(failure().value_or(Failure(FailureCode::kInternal)));
    case Action::kStopHandler:
      return worker_->Stop(std::string(state_machine_.ending() ? why : "rejoin"));
    case Action::kKillHandler:
      logger_.Error("the handler does not leave, ending it", {{"reason", why}});
      return worker_->Kill();
    case Action::kStartHandler:
    case Action::kFinish:
      return;  // Run() sees it
  }
}

std::uint64_t IngestSession::Attach(input::EncoderLink link) {
  if (encoder_.close) {
    logger_.Info("another connection takes the session over");
    metrics_.CountChange(SessionMetrics::Change::kTakeover);
    CloseEncoder(Failure(FailureCode::kTakenOver));
    Do(state_machine_.OnEncoderBack(Clock::now()));
  } else if (encoder_number_ != 0) {
    logger_.Info("the encoder is back");
    metrics_.CountChange(SessionMetrics::Change::kReconnect);
    Do(state_machine_.OnEncoderBack(Clock::now()));
  } else if (!state_machine_.encoder_here()) {
    Do(state_machine_.OnEncoderBack(Clock::now()));  // the session began without one
  }
  arbiter_.OnConnected(link.address, Clock::now());
  encoder_ = std::move(link);
  client_heard_ = false;
  ++encoder_number_;
  // Its connection is read as media comes until it is told otherwise.
  if (told_interval_.count() > 0) OnBatchInterval(encoder_number_, {});
  if (batch_interval_.count() > 0) SetBatchInterval(batch_interval_);
  return encoder_number_;
}

void IngestSession::CloseEncoder(const Failure& failure) {
  client_heard_ = false;
  arbiter_.OnGone();
  const auto close = std::move(encoder_.close);
  ForgetEncoder();
  if (close) close(failure);
}

/// Nothing is asked of its connection any more.
void IngestSession::ForgetEncoder() {
  encoder_.close = {};
  encoder_.on_event = {};
  encoder_.set_batch_interval = {};
}

/// No encoder follows: the handler leaves when it has what is under way.
void IngestSession::EndInput() {
  if (feed_) return feed_->End();
  ipc::ToHandler message;
  message.mutable_end_input();
  if (worker_) worker_->Tell(std::move(message));
}

void IngestSession::TellHandler(std::uint64_t encoder, std::string body, UniqueFd socket) {
  if (!worker_ || encoder != encoder_number_) return;
  ipc::ToHandler message;
  message.mutable_input()->set_encoder(encoder);
  message.mutable_input()->set_body(std::move(body));
  worker_->Tell(std::move(message), std::move(socket));
}

void IngestSession::OnInputEvent(const ipc::InputEvent& event) {
  if (event.encoder() != encoder_number_) return;  // another one has the session already
  if (event.has_receiving()) client_heard_ = event.receiving();
  ListenToEncoder();
  const auto on_event = encoder_.on_event;  // it may end the publish, and this with it
  if (on_event) on_event(event);
}

/// The handler says when the encoder falls silent, and nothing while it is not.
void IngestSession::ListenToEncoder() {
  if (!feed_ && client_heard_) arbiter_.OnMedia(Clock::now());
}

void IngestSession::OnMedia(std::uint64_t encoder, input::Media media) {
  if (!feed_ || encoder != encoder_number_) return;
  if (media.coded) arbiter_.OnMedia(Clock::now());
  received_bytes_ += media.payload.size();
  feed_->Push({.type = TagTypeOf(media.kind),
               .timestamp = media.timestamp,
               .payload = std::move(media.payload)});
}

void IngestSession::OnEncoderEnd(std::uint64_t encoder, const input::PublishEnd& end) {
  if (encoder != encoder_number_) return;  // another one has the session already
  logger_.Info("the encoder's publish ended", {{"detail", end.detail}});
  ForgetEncoder();
  client_heard_ = false;
  arbiter_.OnGone();
  Do(state_machine_.OnEncoderGone(DisconnectOf(end.cause), FailureOf(kind_, end), Clock::now()));
}

void IngestSession::Stop(const Failure& failure) { Do(state_machine_.Stop(failure, Clock::now())); }

void IngestSession::Adopt(::livekit::IngressInfo info) {
  const IngressChange change = Compare(info_, info);
  if (change == IngressChange::kEnd) {
    Stop(Failure(FailureCode::kIngressUpdated, "the ingress was disabled",
                 "Enable it through the API (enabled = true) and start the encoder again."));
    return;
  }
  info_ = std::move(info);
  NameInLog();
  if (change == IngressChange::kLive && worker_) {
    logger_.Info("telling the room about the changed participant");
    TellParticipant();
  } else if (change == IngressChange::kRejoin && !feed_) {
    // Another handler would have to agree on everything with the encoder anew.
    Stop(Failure(FailureCode::kIngressUpdated));
  } else if (change == IngressChange::kRejoin) {
    logger_.Info("the settings changed, joining anew; the encoder stays");
    Do(state_machine_.Rejoin(Clock::now()));
    if (!state_machine_.finished()) tasks_.Spawn(RegisterParticipant());
  }
}

observability::Logger IngestSession::Named(const observability::Logger& logger) const {
  return logger.With({{observability::field::kRoom, info_.room_name()},
                      {observability::field::kParticipant, info_.participant_identity()}});
}

/// The session's lines say where it is now.
void IngestSession::NameInLog() {
  logger_ = Named(logger_);
  launcher_->SetLogger(logger_);
  reporter_->SetLogger(logger_);
  if (worker_) worker_->SetLogger(logger_);
}

asio::awaitable<bool> IngestSession::AwaitEnd(std::shared_ptr<IngestSession> session) {
  co_await session->end_.WaitUntilTrue([&session] { return session->ended_; });
  co_return true;
}

void IngestSession::OnState(const ipc::State& media_state) {
  media_state_ = media_state;
  SessionState& state = reporter_->state();
  if (!media_state.room_id().empty()) state.SetRoomId(media_state.room_id());
  if (media_state.tracks_size() > 0) {
    state.SetTracks({media_state.tracks().begin(), media_state.tracks().end()});
  }
  if (media_state.publishing()) state.SetPublishing();
  state.SetWarning(WarningText(media_state));
  TellMedia();
  if (state.update_due()) reporter_->Wake();
}

void IngestSession::OnCounters(const ipc::Counters& counters) {
  metrics_.OnCounters(counters_, counters);
  metrics_.OnMedia(std::exchange(received_bytes_, 0));
  if (media_state_.publishing()) metrics_.OnDelay(kind_, counters);
  counters_ = counters;
  const std::uint64_t dropped = feed_counters().dropped.total();
  metrics_.OnRelayDrops(std::exchange(relay_drops_, dropped), dropped);
  TellMedia();  // bitrates travel with the next update
}

void IngestSession::TellMedia() {
  if (media_state_.has_video()) {
    ::livekit::InputVideoState video = media_state_.video();
    video.set_average_bitrate(counters_.video_bitrate());
    reporter_->state().SetVideo(video);
  }
  if (media_state_.has_audio()) {
    ::livekit::InputAudioState audio = media_state_.audio();
    audio.set_average_bitrate(counters_.audio_bitrate());
    reporter_->state().SetAudio(audio);
  }
}

std::optional<Route> IngestSession::route() const { return ipc::FromWire(media_state_.route()); }

/// Passes the worker's order on to the encoder that is there, or that comes.
void IngestSession::SetBatchInterval(std::chrono::milliseconds interval) {
  batch_interval_ = std::min(interval, kMaxBatchInterval);
  if (encoder_.set_batch_interval) encoder_.set_batch_interval(batch_interval_);
}

void IngestSession::OnBatchInterval(std::uint64_t encoder, std::chrono::milliseconds interval) {
  if (!feed_ || !worker_ || encoder != encoder_number_) return;
  feed_->SetGrouping(interval.count() > 0);
  told_interval_ = interval;
  ipc::ToHandler message;
  message.mutable_batch_interval_set()->set_milliseconds(
      static_cast<std::uint32_t>(interval.count()));
  worker_->Tell(std::move(message));
}

relay::FeedCounters IngestSession::feed_counters() const {
  return feed_ ? feed_->counters() : relay::FeedCounters{};
}

void IngestSession::SetLogLevel(LogLevel level) {
  if (!worker_) return;
  ipc::ToHandler message;
  message.mutable_set_log_level()->set_level(ipc::ToWire(level));
  worker_->Tell(std::move(message));
}

asio::awaitable<std::string> IngestSession::Describe(std::shared_ptr<IngestSession> session) {
  auto inner = session->worker_ ? co_await session->worker_->Ask()
                                : Result<std::string>(Fail(ErrorCode::kClosed, "no handler runs"));
  co_return DescribeSession({.ingress_id = session->ingress_id(),
                             .resource_id = session->resource_id(),
                             .room = session->info_.room_name(),
                             .encoder = session->encoder_.address,
                             .encoder_here = session->state_machine_.encoder_here(),
                             .restarts = session->state_machine_.restarts(),
                             .handler_pid = session->worker_ ? session->worker_->pid() : 0,
                             .load = session->load(),
                             .feed = session->feed_counters(),
                             .state = session->reporter_->state().state(),
                             .media = session->media_state_,
                             .counters = session->counters_,
                             .handler = inner ? *inner : std::string(),
                             .handler_error = inner ? "" : inner.error().context});
}

}  // namespace ingress::service
