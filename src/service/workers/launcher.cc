#include "service/workers/launcher.h"

#include <utility>

#include "ipc/wire.h"
#include "token/access_token.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;

constexpr int kAttempts = 2;

}  // namespace

Launcher::Launcher(Node node, const ::rpc::GetIngressInfoResponse& lookup, std::string resource_id,
                   Media media, observability::Logger logger)
    : node_(node),
      token_(lookup.token()),
      room_(lookup.info().room_name()),
      identity_(lookup.info().participant_identity()),
      ws_url_(lookup.ws_url()),
      resource_id_(std::move(resource_id)),
      media_(std::move(media)),
      logger_(std::move(logger)) {}

asio::awaitable<std::expected<std::shared_ptr<Worker>, Failure>> Launcher::Launch(
    ::livekit::IngressInfo info) {
  const auto job = MakeJob(std::move(info));
  if (!job) co_return std::unexpected(job.error());
  auto worker = co_await Try(*job);
  for (int attempt = 1; !worker && attempt < kAttempts; ++attempt) {
    logger_.Warn("a handler did not start, trying another", {{"error", worker.error().Message()}});
    worker = co_await Try(*job);
  }
  co_return worker;
}

asio::awaitable<std::expected<std::shared_ptr<Worker>, Failure>> Launcher::Try(ipc::Job job) {
  auto worker = co_await node_.workers.Employ(std::move(job), logger_);
  if (!worker) {
    co_return std::unexpected(Failure(FailureCode::kHandlerStartFailed, worker.error().context));
  }
  co_return std::move(*worker);
}

std::expected<ipc::Job, Failure> Launcher::MakeJob(::livekit::IngressInfo info) const {
  ipc::Job job;
  info.clear_stream_key();
  const config::Config& config = node_.config;
  // A server may hand out token and URL itself; the open-source one leaves both to us.
  const bool same = info.room_name() == room_ && info.participant_identity() == identity_;
  if (same) job.set_token(token_);
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
  job.set_ws_url(ws_url_.empty() ? config.ws_url : ws_url_);
  job.set_relay_url(media_.relay_url);
  job.set_resource_id(resource_id_);
  job.set_node_id(node_.id);
  job.set_log_level(ipc::ToWire(logger_.level()));
  job.set_log_json(config.log_json);
  job.set_ca_cert_file(config.ca_cert_file);
  *job.mutable_media() = ipc::ToWire(config.media);
  if (media_.encodes_on_request && !info.enable_transcoding()) {
    job.mutable_media()->set_transcoding(ipc::MediaOptions::NEVER);
  }
  if (!node_.workers.cannot_encode().h264.empty()) {
    job.mutable_media()->set_transcoding(ipc::MediaOptions::NEVER);
    job.set_cannot_encode(true);
  }
  *job.mutable_info() = std::move(info);
  return job;
}

}  // namespace ingress::service
