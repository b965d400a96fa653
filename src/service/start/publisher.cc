#include "service/start/publisher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "domain/validation.h"
#include "net/deadline.h"
#include "service/start/ingress_lookup.h"
#include "service/workers/launcher.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kRelayTokenLength = 24;
constexpr auto kLeaveWithin = 3s;  // for the session before to leave the room

rtmp::Refusal ToRefusal(const Failure& failure) {
  return {.code = std::string(failure.rtmp_status()), .description = failure.Message()};
}

observability::PublishStatus StatusOf(const std::optional<Failure>& failure) {
  using observability::PublishStatus;
  const std::string_view label =
      PublishStatusLabel(failure ? std::optional(failure->code()) : std::nullopt);
  if (label == "success") return PublishStatus::kSuccess;
  if (label == "4xx") return PublishStatus::kClientError;
  if (label == "5xx") return PublishStatus::kServerError;
  return PublishStatus::kInternal;
}

observability::Logger ForIngress(const observability::Logger& logger,
                                 const ::livekit::IngressInfo& info) {
  return logger.With({{observability::field::kIngressId, info.ingress_id()},
                      {observability::field::kRoom, info.room_name()},
                      {observability::field::kParticipant, info.participant_identity()}});
}

EncoderArbiter ArbiterFor(const config::Config& config) {
  return EncoderArbiter(config.takeover == config::Takeover::kReject ? TakeoverPolicy::kReject
                                                                     : TakeoverPolicy::kTakeover);
}

}  // namespace

Publisher::Publisher(Context& context, ConnectionPlace& place,
                     std::function<void(const Failure& failure)> close)
    : context_(context), place_(place), close_(std::move(close)), logger_(context.logger) {}

asio::awaitable<std::expected<void, rtmp::Refusal>> Publisher::OnPublish(
    rtmp::PublishRequest request) {
  logger_ = context_.logger.With({{observability::field::kPeer, request.peer}});
  address_ = request.peer.substr(0, request.peer.rfind(':'));
  auto started = co_await Start(request);
  Count(started ? std::nullopt : std::optional(started.error()));
  if (!started) {
    LogRefusal(started.error(), request.flash_ver);
    co_return std::unexpected(ToRefusal(started.error()));
  }
  co_return std::expected<void, rtmp::Refusal>{};
}

/// Those of strangers are many when keys are tried out.
void Publisher::LogRefusal(const Failure& failure, const std::string& encoder) const {
  if (place_.stranger() && !context_.limits.AllowLine(Clock::now())) return;
  logger_.Warn("publish refused", {{observability::field::kCode, failure.name()},
                                   {observability::field::kError, failure.Message()},
                                   {"detail", for_operator_},
                                   {"encoder", encoder}});
}

void Publisher::OnClosing() {
  closing_ = true;
  GiveUpWaiting(EncoderLeftFailure());
}

/// Wherever this publish waits for its key to be looked at.
void Publisher::GiveUpWaiting(const Failure& failure) {
  if (visitor_) context_.key_mutex.GiveUp(*visitor_, failure);
  if (lookup_waiter_) lookup_waiter_->Cancel();
}

void Publisher::OnMedia(rtmp::MediaMessage message) {
  if (session_) session_->OnMedia(number_, std::move(message));
}

void Publisher::OnNotice(rtmp::ProtocolNotice notice) {
  const observability::Logger logger = session_ ? session_->Named(logger_) : logger_;
  logger.Warn("the encoder does something odd, its stream goes on", {{"detail", notice.text}});
}

void Publisher::OnReadDone() {
  if (session_) session_->OnReadDone();
}

std::chrono::milliseconds Publisher::batch_interval() const {
  return session_ ? session_->batch_interval() : std::chrono::milliseconds{};
}

void Publisher::OnEnd(rtmp::PublishEnd end) {
  if (session_) session_->OnEncoderEnd(number_, end);
  session_.reset();
}

void Publisher::Count(const std::optional<Failure>& failure) {
  context_.metrics.publish_status.At(observability::InputType::kRtmp, StatusOf(failure))
      .Increment();
  if (failure) context_.metrics.CountFailure(failure->name());
}

asio::awaitable<Publisher::Started> Publisher::Start(const rtmp::PublishRequest& request) {
  if (request.stream_key.empty()) {
    co_return std::unexpected(Failure(FailureCode::kMissingStreamKey));
  }
  if (auto may = MayAsk(request.stream_key); !may) co_return std::unexpected(may.error());
  // Of two publishes in one moment, the second finds what became of the first.
  visitor_.emplace(context_.executor, request.stream_key);
  TakeWaitingPlace(request.stream_key);
  auto turn = co_await context_.key_mutex.Enter(*visitor_);
  if (!turn) {
    waiting_.reset();
    co_return std::unexpected(turn.error());
  }
  auto lookup = co_await LookUp(request.stream_key);
  if (!lookup) {
    if (lookup.error().code() == FailureCode::kUnknownStreamKey) {
      turn->RefuseWaiting(lookup.error());
    }
    co_return std::unexpected(lookup.error());
  }
  place_.OnKeyAccepted();
  context_.updates.OnServerHeard();
  logger_ = ForIngress(logger_, lookup->info());
  co_return co_await StartKnown(std::move(*lookup));
}

/// Whether a stranger's key is looked at at all.
std::expected<void, Failure> Publisher::MayAsk(const std::string& stream_key) {
  const auto per_minute = context_.config.limits.wrong_keys_per_minute;
  if (!context_.wrong_keys.Take(place_.address(), per_minute, Clock::now())) {
    context_.limits.Strike(Limit::kWrongKeys, place_.address(), Clock::now());
    return std::unexpected(Failure(FailureCode::kTooManyWrongKeys));
  }
  if (context_.key_mutex.full(stream_key)) {
    // It goes on counting as wrong: whoever sends one key so often is to be held back.
    context_.limits.Strike(Limit::kPendingPublishes, place_.address(), Clock::now());
    return std::unexpected(TooManyPublishesOfKeyFailure());
  }
  return {};
}

void Publisher::TakeWaitingPlace(const std::string& stream_key) {
  shed_ = false;
  waiting_.emplace(context_.waiting, place_.address(), stream_key, [this] {
    shed_ = true;
    context_.wrong_keys.Return(place_.address());
    GiveUpWaiting(TooManyPublishesFailure());
  });
}

/// Asks livekit-server, which knows the keys.
asio::awaitable<std::expected<::rpc::GetIngressInfoResponse, Failure>> Publisher::LookUp(
    const std::string& stream_key) {
  if (context_.lookups.busy()) {
    context_.limits.Strike(Limit::kPendingPublishes, place_.address(), Clock::now());
  }
  lookup_waiter_.emplace(context_.lookups);
  const auto permit = co_await context_.lookups.Acquire(*lookup_waiter_, place_.address());
  waiting_.reset();
  if (!permit && shed_) co_return std::unexpected(TooManyPublishesFailure());
  if (!permit || closing_) co_return std::unexpected(EncoderLeftFailure());
  auto lookup = co_await LookUpIngress(context_.io_info, stream_key);
  if (lookup) {
    context_.wrong_keys.OnRightKey(place_.address(), Clock::now());
    co_return std::move(*lookup);
  }
  Failure failure = LookupFailure(lookup.error().code, lookup.error().bus_away);
  if (failure.code() != FailureCode::kUnknownStreamKey) {
    context_.wrong_keys.Return(place_.address());
    for_operator_ = lookup.error().code + ": " + lookup.error().message;
  }
  co_return std::unexpected(std::move(failure));
}

asio::awaitable<Publisher::Started> Publisher::StartKnown(::rpc::GetIngressInfoResponse lookup) {
  const std::shared_ptr<IngestSession> before = context_.sessions.Find(lookup.info().ingress_id());
  if (before && before->resumable()) {
    // Whatever is refused here must not displace the state of the session that lives.
    if (auto allowed = CheckPush(lookup.info(), ::livekit::RTMP_INPUT); !allowed) {
      co_return std::unexpected(allowed.error());
    }
    co_return Join(before, lookup.info());
  }
  if (context_.draining()) co_return std::unexpected(Failure(FailureCode::kShuttingDown));
  if (before) co_await net::TryFor(kLeaveWithin, IngestSession::AwaitEnd(before));
  co_return co_await StartNew(std::move(lookup));
}

Publisher::Started Publisher::Join(const std::shared_ptr<IngestSession>& session,
                                   ::livekit::IngressInfo info) {
  if (session->Judge(address_) == EncoderArbiter::Verdict::kRefuse) {
    return std::unexpected(Failure(FailureCode::kAlreadyPublishing));
  }
  session->Adopt(std::move(info));
  Attach(session);
  logger_.Info("publish accepted", {{"resumes", session->resource_id()}});
  return session;
}

void Publisher::Attach(std::shared_ptr<IngestSession> session) {
  number_ = session->Attach({.address = address_, .close = close_});
  session_ = std::move(session);
}

asio::awaitable<Publisher::Started> Publisher::StartNew(::rpc::GetIngressInfoResponse lookup) {
  EncoderArbiter arbiter = ArbiterFor(context_.config);
  auto lock = co_await StartLock::Take(context_.executor, context_.bus, lookup.info().ingress_id());
  if (auto taken = co_await TakeFromOtherNode(*lookup.mutable_info(), arbiter); !taken) {
    co_return std::unexpected(taken.error());
  }
  const ::livekit::IngressInfo& info = lookup.info();
  const std::string resource_id = NewId("RT_");
  logger_ = logger_.With({{observability::field::kResourceId, resource_id}});
  auto reporter = std::make_shared<StateReporter>(
      context_.executor, context_.io_info, context_.updates, info.ingress_id(),
      SessionState({.resource_id = resource_id,
                    .reusable = info.reusable(),
                    .previous_started_at = info.state().started_at()},
                   WallClock::now()),
      logger_, &context_.journal);
  const auto reserved = context_.sessions.Reserve();
  auto checked = CheckPush(info, ::livekit::RTMP_INPUT);
  if (checked) checked = CheckNode();
  if (checked) checked = co_await CheckParticipant(info);
  auto started =
      checked ? co_await Launch(lookup, resource_id, reporter, std::move(arbiter), std::move(lock))
              : Started(std::unexpected(checked.error()));
  if (started) {
    Attach(*started);
    context_.sessions.Add(*started);
    logger_.Info("publish accepted");
  } else {
    reporter->state().Fail(started.error());
    reporter->state().End(WallClock::now());
    context_.sessions.Report(std::move(reporter));
  }
  co_return started;
}

/// Ends a session that another node has of this ingress, unless its encoder keeps the key.
asio::awaitable<std::expected<void, Failure>> Publisher::TakeFromOtherNode(
    ::livekit::IngressInfo& info, EncoderArbiter& arbiter) {
  // Whoever may not publish here must not end what runs there.
  if (!CheckPush(info, ::livekit::RTMP_INPUT)) co_return std::expected<void, Failure>{};
  ::ingress::peer::HandOverRequest request;
  request.set_node_id(context_.node_id);
  request.set_encoder_address(address_);
  using State = ::livekit::IngressState;
  const bool live = info.state().status() == State::ENDPOINT_BUFFERING ||
                    info.state().status() == State::ENDPOINT_PUBLISHING;
  auto answer = co_await context_.peers.HandOver(info.ingress_id(), std::move(request), live);
  context_.session_metrics.CountRpc("HandOver", answer ? "ok" : answer.error().code);
  if (!answer) {
    if (answer.error().code != "unavailable") {
      logger_.Warn("another node does not hand the ingress over",
                   {{"code", answer.error().code}, {"error", answer.error().message}});
    }
    co_return std::expected<void, Failure>{};
  }
  if (answer->refused()) co_return std::unexpected(Failure(FailureCode::kAlreadyPublishing));
  logger_.Info("another node has handed the ingress over", {{"wasLive", answer->was_live()}});
  if (answer->was_live()) arbiter.OnTakenOverElsewhere(Clock::now());
  const auto started_at = std::max(info.state().started_at(), answer->started_at());
  info.mutable_state()->set_started_at(started_at);
  co_return std::expected<void, Failure>{};
}

std::expected<void, Failure> Publisher::CheckNode() const {
  // It was asked before, but other nodes were heard since.
  if (context_.draining()) return std::unexpected(Failure(FailureCode::kShuttingDown));
  // The reservation of this publish is the last of the loads.
  std::vector<SessionLoad> loads = context_.sessions.loads();
  loads.pop_back();
  auto admitted = Admit(context_.resources(), loads, context_.admission());
  if (!admitted) return std::unexpected(admitted.error());
  return {};
}

/// Refuses an ingress whose participant is another ingress's, as long as that one's encoder lives.
asio::awaitable<std::expected<void, Failure>> Publisher::CheckParticipant(
    const ::livekit::IngressInfo& info) {
  const auto holder = co_await context_.peers.Holder(info.room_name(), info.participant_identity());
  context_.session_metrics.CountRpc("Holder", holder ? "ok" : holder.error().code);
  if (!holder || !holder->live() || holder->ingress_id() == info.ingress_id()) {
    co_return std::expected<void, Failure>{};
  }
  co_return std::unexpected(ParticipantInUseFailure(info.participant_identity(), info.room_name()));
}

asio::awaitable<Publisher::Started> Publisher::Launch(const ::rpc::GetIngressInfoResponse& lookup,
                                                      std::string resource_id,
                                                      std::shared_ptr<StateReporter> reporter,
                                                      EncoderArbiter arbiter,
                                                      std::unique_ptr<StartLock> lock) {
  // Without the encoder's address: another connection may carry the session tomorrow.
  const observability::Logger session_logger =
      ForIngress(context_.logger, lookup.info())
          .With({{observability::field::kResourceId, resource_id}});
  std::string relay_token = RandomToken(kRelayTokenLength);
  auto feed = context_.relay.Open(resource_id, relay_token);
  auto session = std::make_shared<IngestSession>(IngestSession::Parts{
      .executor = context_.executor,
      .bus = context_.bus,
      .info = lookup.info(),
      .resource_id = resource_id,
      .feed = std::move(feed),
      .launcher =
          std::make_unique<Launcher>(Launcher::Node{.executor = context_.executor,
                                                    .config = context_.config,
                                                    .relay = context_.relay,
                                                    .handlers = context_.handlers,
                                                    .id = context_.node_id},
                                     lookup, resource_id, std::move(relay_token), session_logger),
      .reporter = std::move(reporter),
      .logger = session_logger,
      .timing = {.reconnect_grace = context_.config.reconnect_grace},
      .arbiter = std::move(arbiter),
      .start_lock = std::move(lock),
      .metrics = context_.session_metrics,
      .updates = context_.updates,
      .on_restart =
          [&context = context_](const Failure& failure) {
            context.metrics.handler_restarts.Increment();
            context.metrics.CountFailure(failure.name());
          },
  });
  if (auto begun = co_await session->Begin(); !begun) co_return std::unexpected(begun.error());
  co_return session;
}

}  // namespace ingress::service
