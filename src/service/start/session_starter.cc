#include "service/start/session_starter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "domain/validation.h"
#include "net/deadline.h"
#include "service/session/input_label.h"
#include "service/workers/launcher.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kLeaveWithin = 3s;  // for the session before to leave the room

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

/// A session that an encoder has, until another one gets it.
class Link final : public input::SessionLink {
 public:
  Link(std::shared_ptr<IngestSession> session, std::uint64_t number, observability::Logger logger)
      : session_(std::move(session)), number_(number), logger_(std::move(logger)) {}

  void OnMedia(input::Media media) override { session_->OnMedia(number_, std::move(media)); }
  void OnReadDone() override { session_->OnReadDone(); }
  void OnBatchInterval(std::chrono::milliseconds interval) override {
    session_->OnBatchInterval(number_, interval);
  }
  std::string dtls_fingerprint() const override { return session_->dtls_fingerprint(); }
  void TellHandler(std::string body, UniqueFd socket) override {
    session_->TellHandler(number_, std::move(body), std::move(socket));
  }
  void OnEnd(input::PublishEnd end) override { session_->OnEncoderEnd(number_, end); }
  observability::Logger logger() const override { return session_->Named(logger_); }

 private:
  std::shared_ptr<IngestSession> session_;
  std::uint64_t number_;  // by which the session knows this encoder
  observability::Logger logger_;
};

}  // namespace

/// One publish, from the request to its answer.
struct SessionStarter::Publish {
  input::Attempt& attempt;
  observability::Logger logger;
  ::rpc::GetIngressInfoResponse ingress;
  std::string detail;  // of a refusal, for the operator

  InputKind kind() const { return attempt.request().kind; }
  bool relayed() const { return attempt.request().path == input::MediaPath::kRelay; }
  bool encodes() const {
    return !attempt.request().encodes_on_request || info().enable_transcoding();
  }
  const ::livekit::IngressInfo& info() const { return ingress.info(); }
};

SessionStarter::SessionStarter(Node node)
    : node_(std::move(node)), keys_(node_.config, node_.ingresses, node_.limits) {}

asio::awaitable<SessionStarter::Started> SessionStarter::Start(input::Attempt& attempt) {
  Publish publish{
      .attempt = attempt,
      .logger = node_.logger.With({{observability::field::kPeer, attempt.request().peer}}),
      .ingress = {},
      .detail = {}};
  auto found = co_await keys_.LookUp(attempt);
  Started started = found ? Started() : Started(std::unexpected(found.error().failure));
  if (!found) publish.detail = std::move(found.error().detail);
  if (found) {
    if (attempt.place() != nullptr) attempt.place()->OnKeyAccepted();
    node_.updates.OnServerHeard();
    publish.ingress = std::move(found->ingress);
    publish.logger = ForIngress(publish.logger, publish.info());
    started = co_await StartKnown(publish);
  }
  Count(publish.kind(), started ? std::nullopt : std::optional(started.error()));
  if (!started) LogRefusal(publish, started.error());
  co_return started;
}

/// Those of strangers are many when keys are tried out.
void SessionStarter::LogRefusal(const Publish& publish, const Failure& failure) {
  const input::ConnectionPlace* place = publish.attempt.place();
  const bool stranger = place != nullptr && place->stranger();
  if (stranger && !node_.limits.AllowLine(Clock::now())) return;
  publish.logger.Warn("publish refused", {{observability::field::kCode, failure.name()},
                                          {observability::field::kError, failure.Message()},
                                          {"detail", publish.detail},
                                          {"encoder", publish.attempt.request().encoder}});
}

void SessionStarter::Count(InputKind kind, const std::optional<Failure>& failure) {
  node_.metrics.publish_status.At(LabelOf(kind), StatusOf(failure)).Increment();
  if (failure) node_.metrics.CountFailure(failure->name());
}

asio::awaitable<SessionStarter::Started> SessionStarter::StartKnown(Publish& publish) {
  const std::shared_ptr<IngestSession> before = node_.sessions.Find(publish.info().ingress_id());
  if (before && before->resumable()) {
    // Whatever is refused here must not displace the state of the session that lives.
    if (auto allowed = CheckPush(publish.info(), publish.kind()); !allowed) {
      co_return std::unexpected(allowed.error());
    }
    co_return Join(publish, before);
  }
  if (node_.draining()) co_return std::unexpected(Failure(FailureCode::kShuttingDown));
  if (before) co_await net::TryFor(kLeaveWithin, IngestSession::AwaitEnd(before));
  co_return co_await StartNew(publish);
}

SessionStarter::Started SessionStarter::Join(Publish& publish,
                                             const std::shared_ptr<IngestSession>& session) {
  if (session->Judge(publish.attempt.address()) == EncoderArbiter::Verdict::kRefuse) {
    return std::unexpected(Failure(FailureCode::kAlreadyPublishing));
  }
  session->Adopt(publish.info());
  Started started = Attach(publish, session);
  publish.logger.Info("publish accepted", {{"resumes", session->resource_id()}});
  return started;
}

SessionStarter::Started SessionStarter::Attach(const Publish& publish,
                                               std::shared_ptr<IngestSession> session) {
  const std::uint64_t number = session->Attach(publish.attempt.link());
  return std::make_unique<Link>(std::move(session), number, publish.logger);
}

asio::awaitable<SessionStarter::Started> SessionStarter::StartNew(Publish& publish) {
  EncoderArbiter arbiter(node_.config.takeover);
  auto lock = co_await node_.control.LockStart(publish.info().ingress_id());
  if (auto taken = co_await TakeFromOtherNode(publish, arbiter); !taken) {
    co_return std::unexpected(taken.error());
  }
  const std::string resource_id = NewId(Traits(publish.kind()).resource_prefix);
  publish.logger = publish.logger.With({{observability::field::kResourceId, resource_id}});
  auto reporter = MakeReporter(publish, resource_id);
  const auto reserved = node_.sessions.Reserve();
  const auto checked = co_await CheckAll(publish, reserved);
  auto launched =
      checked ? co_await Launch(publish, resource_id, reporter, std::move(arbiter), std::move(lock))
              : Launched(std::unexpected(checked.error()));
  if (!launched) {
    reporter->state().Fail(launched.error());
    reporter->state().End(WallClock::now());
    node_.sessions.Report(std::move(reporter));
    co_return std::unexpected(launched.error());
  }
  Started started = Attach(publish, *launched);
  node_.sessions.Add(*launched);
  publish.logger.Info("publish accepted");
  co_return started;
}

std::shared_ptr<StateReporter> SessionStarter::MakeReporter(const Publish& publish,
                                                            const std::string& resource_id) {
  const ::livekit::IngressInfo& info = publish.info();
  return std::make_shared<StateReporter>(
      node_.executor, node_.ingresses, node_.updates, info.ingress_id(),
      SessionState({.resource_id = resource_id,
                    .reusable = info.reusable(),
                    .previous_started_at = info.state().started_at()},
                   WallClock::now()),
      publish.logger, &node_.journal);
}

/// Ends a session that another node has of this ingress, unless its encoder keeps the key.
asio::awaitable<std::expected<void, Failure>> SessionStarter::TakeFromOtherNode(
    Publish& publish, EncoderArbiter& arbiter) {
  ::livekit::IngressInfo& info = *publish.ingress.mutable_info();
  // Whoever may not publish here must not end what runs there.
  if (!CheckPush(info, publish.kind())) co_return std::expected<void, Failure>{};
  ::ingress::peer::HandOverRequest request;
  request.set_node_id(node_.id);
  request.set_encoder_address(publish.attempt.address());
  using State = ::livekit::IngressState;
  const bool live = info.state().status() == State::ENDPOINT_BUFFERING ||
                    info.state().status() == State::ENDPOINT_PUBLISHING;
  auto answer =
      co_await node_.control.nodes().HandOver(info.ingress_id(), std::move(request), live);
  node_.session_metrics.CountRpc("HandOver", answer ? "ok" : answer.error().code);
  if (!answer) {
    if (answer.error().code != "unavailable") {
      publish.logger.Warn("another node does not hand the ingress over",
                          {{"code", answer.error().code}, {"error", answer.error().message}});
    }
    co_return std::expected<void, Failure>{};
  }
  if (answer->refused()) co_return std::unexpected(Failure(FailureCode::kAlreadyPublishing));
  publish.logger.Info("another node has handed the ingress over",
                      {{"wasLive", answer->was_live()}});
  if (answer->was_live()) arbiter.OnTakenOverElsewhere(Clock::now());
  const auto started_at = std::max(info.state().started_at(), answer->started_at());
  info.mutable_state()->set_started_at(started_at);
  co_return std::expected<void, Failure>{};
}

asio::awaitable<std::expected<void, Failure>> SessionStarter::CheckAll(
    const Publish& publish, const SessionTable::Reservation& reserved) {
  auto checked = CheckPush(publish.info(), publish.kind());
  if (checked) checked = CheckNode(publish, reserved);
  if (checked) checked = co_await CheckParticipant(publish.info());
  co_return checked;
}

std::expected<void, Failure> SessionStarter::CheckNode(
    const Publish& publish, const SessionTable::Reservation& reserved) const {
  // It was asked before, but other nodes were heard since.
  if (node_.draining()) return std::unexpected(Failure(FailureCode::kShuttingDown));
  const std::vector<SessionLoad> loads = node_.sessions.OtherLoads(reserved);
  auto admitted =
      Admit(node_.resources(), loads, node_.admission(publish.kind(), publish.encodes()));
  if (!admitted) return std::unexpected(admitted.error());
  return {};
}

/// Refuses an ingress whose participant is another ingress's, as long as that one's encoder lives.
asio::awaitable<std::expected<void, Failure>> SessionStarter::CheckParticipant(
    const ::livekit::IngressInfo& info) {
  const auto holder =
      co_await node_.control.nodes().Holder(info.room_name(), info.participant_identity());
  node_.session_metrics.CountRpc("Holder", holder ? "ok" : holder.error().code);
  if (!holder || !holder->live() || holder->ingress_id() == info.ingress_id()) {
    co_return std::expected<void, Failure>{};
  }
  co_return std::unexpected(ParticipantInUseFailure(info.participant_identity(), info.room_name()));
}

asio::awaitable<SessionStarter::Launched> SessionStarter::Launch(
    const Publish& publish, std::string resource_id, std::shared_ptr<StateReporter> reporter,
    EncoderArbiter arbiter, std::unique_ptr<control::StartLock> lock) {
  // Without the encoder's address: another connection may carry the session tomorrow.
  const observability::Logger session_logger =
      ForIngress(node_.logger, publish.info())
          .With({{observability::field::kResourceId, resource_id}});
  Relay relay = publish.relayed() ? node_.open_relay(resource_id) : Relay{};
  auto launcher = std::make_unique<Launcher>(
      Launcher::Node{.config = node_.config, .workers = node_.workers, .id = node_.id},
      publish.ingress, resource_id,
      Launcher::Media{.relay_url = std::move(relay.url),
                      .encodes_on_request = publish.attempt.request().encodes_on_request},
      session_logger);
  auto session = std::make_shared<IngestSession>(IngestSession::Parts{
      .executor = node_.executor,
      .control = node_.control,
      .kind = publish.kind(),
      .info = publish.info(),
      .resource_id = std::move(resource_id),
      .feed = std::move(relay.feed),
      .launcher = std::move(launcher),
      .reporter = std::move(reporter),
      .logger = session_logger,
      .timing = {.reconnect_grace = node_.config.reconnect_grace},
      .arbiter = std::move(arbiter),
      .start_lock = std::move(lock),
      .metrics = node_.session_metrics,
      .updates = node_.updates,
      .on_restart =
          [&metrics = node_.metrics](const Failure& failure) {
            metrics.handler_restarts.Increment();
            metrics.CountFailure(failure.name());
          },
  });
  if (auto begun = co_await session->Begin(); !begun) co_return std::unexpected(begun.error());
  co_return session;
}

}  // namespace ingress::service
