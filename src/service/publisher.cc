#include "service/publisher.h"

#include <unistd.h>

#include <utility>

#include "base/ids.h"
#include "ingress/validation.h"
#include "net/deadline.h"
#include "token/access_token.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kRelayTokenLength = 24;
constexpr auto kTakeoverWithin = 3s;  // for the session before to leave the room

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

ipc::MediaOptions ToMediaOptions(const config::Media& media) {
  ipc::MediaOptions options;
  switch (media.transcoding) {
    case config::Transcoding::kAuto:
      options.set_transcoding(ipc::MediaOptions::AUTO);
      break;
    case config::Transcoding::kAlways:
      options.set_transcoding(ipc::MediaOptions::ALWAYS);
      break;
    case config::Transcoding::kNever:
      options.set_transcoding(ipc::MediaOptions::NEVER);
      break;
  }
  switch (media.h264_profile) {
    case config::H264Profile::kHigh:
      options.set_h264_profile(ipc::MediaOptions::HIGH);
      break;
    case config::H264Profile::kMain:
      options.set_h264_profile(ipc::MediaOptions::MAIN);
      break;
    case config::H264Profile::kBaseline:
      options.set_h264_profile(ipc::MediaOptions::BASELINE);
      break;
  }
  options.set_passthrough_max_bitrate_ratio(media.passthrough_max_bitrate_ratio);
  return options;
}

}  // namespace

Publisher::Publisher(Context& context, std::function<void(const Failure& failure)> close)
    : context_(context), close_(std::move(close)), logger_(context.logger) {}

asio::awaitable<std::expected<void, rtmp::Refusal>> Publisher::OnPublish(
    rtmp::PublishRequest request) {
  logger_ = context_.logger.With({{observability::field::kPeer, request.peer}});
  auto started = co_await Start(request);
  Count(started ? std::nullopt : std::optional(started.error()));
  if (!started) {
    logger_.Warn("publish refused", {{observability::field::kCode, started.error().name()},
                                     {observability::field::kError, started.error().Message()},
                                     {"encoder", request.flash_ver}});
    co_return std::unexpected(ToRefusal(started.error()));
  }
  session_ = std::move(*started);
  co_return std::expected<void, rtmp::Refusal>{};
}

void Publisher::OnMedia(rtmp::MediaMessage message) {
  if (session_) session_->OnMedia(std::move(message));
}

void Publisher::OnEnd(rtmp::PublishEnd end) {
  if (session_) session_->OnEncoderEnd(end);
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
  if (context_.draining()) co_return std::unexpected(Failure(FailureCode::kShuttingDown));
  auto lookup = co_await context_.io_info.GetIngressInfo(request.stream_key);
  if (!lookup) {
    co_return std::unexpected(LookupFailure(lookup.error().code, lookup.error().message));
  }
  logger_ =
      logger_.With({{observability::field::kIngressId, lookup->info().ingress_id()},
                    {observability::field::kRoom, lookup->info().room_name()},
                    {observability::field::kParticipant, lookup->info().participant_identity()}});
  co_return co_await StartKnown(std::move(*lookup));
}

asio::awaitable<Publisher::Started> Publisher::StartKnown(::rpc::GetIngressInfoResponse lookup) {
  const std::string resource_id = NewId("RT_");
  logger_ = logger_.With({{observability::field::kResourceId, resource_id}});
  const ::livekit::IngressInfo& info = lookup.info();
  const std::shared_ptr<Session> before = context_.sessions.Find(info.ingress_id());
  auto checked = Check(info);
  if (checked && before) {
    // The encoder is back before its old connection was found dead, or a second one has the key:
    // the newer one wins, and the other is told.
    logger_.Info("taking over from a session that still runs", {{"before", before->resource_id()}});
    before->Stop(Failure(FailureCode::kTakenOver));
    co_await net::TryFor(kTakeoverWithin, Session::AwaitEnd(before));
  }
  auto reporter = std::make_shared<StateReporter>(
      context_.executor, context_.io_info, info.ingress_id(),
      SessionState({.resource_id = resource_id,
                    .reusable = info.reusable(),
                    .previous_started_at = info.state().started_at()},
                   WallClock::now()),
      logger_);
  auto started = checked ? co_await Launch(std::move(lookup), resource_id, reporter)
                         : Started(std::unexpected(checked.error()));
  if (started) {
    context_.sessions.Add(*started);
    logger_.Info("publish accepted");
  } else if (checked || !before) {
    // A refusal belongs into the state, unless it would displace the one of a live session.
    reporter->state().Fail(started.error());
    reporter->state().End(WallClock::now());
    context_.sessions.Report(std::move(reporter));
  }
  co_return started;
}

std::expected<void, Failure> Publisher::Check(const ::livekit::IngressInfo& info) const {
  if (auto allowed = CheckPush(info, ::livekit::RTMP_INPUT); !allowed) return allowed;
  const std::vector<SessionLoad> loads = context_.sessions.loads();
  auto admitted = Admit(context_.cores, loads, context_.admission);
  if (!admitted) return std::unexpected(admitted.error());
  return {};
}

asio::awaitable<Publisher::Started> Publisher::Launch(::rpc::GetIngressInfoResponse lookup,
                                                      std::string resource_id,
                                                      std::shared_ptr<StateReporter> reporter) {
  auto handler = co_await context_.handlers.Take();
  if (!handler) {
    co_return std::unexpected(Failure(FailureCode::kHandlerStartFailed, handler.error().context));
  }
  const std::string relay_token = RandomToken(kRelayTokenLength);
  ::livekit::IngressInfo info = lookup.info();
  auto job = MakeJob(std::move(lookup), resource_id, relay_token);
  if (!job) co_return std::unexpected(job.error());
  auto session = std::make_shared<Session>(Session::Parts{
      .executor = context_.executor,
      .bus = context_.bus,
      .info = std::move(info),
      .resource_id = resource_id,
      .feed = context_.relay.Open(resource_id, relay_token),
      .handler = std::move(*handler),
      .reporter = std::move(reporter),
      .logger = logger_,
      .close_encoder = close_,
  });
  if (auto begun = co_await session->Begin(std::move(*job)); !begun) {
    co_return std::unexpected(Failure(FailureCode::kHandlerStartFailed, begun.error().context));
  }
  co_return session;
}

std::expected<ipc::Job, Failure> Publisher::MakeJob(::rpc::GetIngressInfoResponse lookup,
                                                    const std::string& resource_id,
                                                    const std::string& relay_token) const {
  ipc::Job job;
  *job.mutable_info() = std::move(*lookup.mutable_info());
  job.mutable_info()->clear_stream_key();
  const ::livekit::IngressInfo& info = job.info();
  const config::Config& config = context_.config;
  // A server may hand out token and URL itself; the open-source one leaves both to us.
  job.set_token(std::move(*lookup.mutable_token()));
  if (job.token().empty()) {
    auto token = token::MakeAccessToken(config.api_key, config.api_secret,
                                        {.room = info.room_name(),
                                         .identity = info.participant_identity(),
                                         .name = info.participant_name(),
                                         .metadata = info.participant_metadata(),
                                         .attributes = {{"ingress.ingressID", info.ingress_id()}}},
                                        WallClock::now());
    if (!token) return std::unexpected(Failure(FailureCode::kInternal, token.error().context));
    job.set_token(std::move(*token));
  }
  job.set_ws_url(lookup.ws_url().empty() ? config.ws_url : lookup.ws_url());
  job.set_relay_url(context_.relay.Url(resource_id, relay_token));
  job.set_resource_id(resource_id);
  job.set_log_level(std::string(observability::ToString(logger_.level())));
  job.set_log_json(config.log_json);
  *job.mutable_media() = ToMediaOptions(config.media);
  return job;
}

}  // namespace ingress::service
