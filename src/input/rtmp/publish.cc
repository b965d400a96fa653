#include "input/rtmp/publish.h"

#include <utility>

#include "input/rtmp/refusal.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;

PublishEnd::Cause CauseOf(rtmp::PublishEnd::Cause cause) {
  using From = rtmp::PublishEnd::Cause;
  using To = PublishEnd::Cause;
  switch (cause) {
    case From::kUnpublished:
      return To::kUnpublished;
    case From::kDisconnected:
      return To::kDisconnected;
    case From::kTimedOut:
      return To::kTimedOut;
    case From::kProtocolError:
      return To::kProtocolError;
    case From::kClosedByUs:
      break;
  }
  return To::kClosedByUs;
}

Media::Kind KindOf(rtmp::MediaMessage::Kind kind) {
  switch (kind) {
    case rtmp::MediaMessage::Kind::kAudio:
      return Media::Kind::kAudio;
    case rtmp::MediaMessage::Kind::kVideo:
      return Media::Kind::kVideo;
    case rtmp::MediaMessage::Kind::kScript:
      break;
  }
  return Media::Kind::kMetadata;
}

}  // namespace

RtmpPublish::RtmpPublish(Node& node, ConnectionPlace& place, EncoderLink link)
    : node_(node), place_(place), link_(std::move(link)), logger_(node.logger) {}

asio::awaitable<std::expected<void, rtmp::Refusal>> RtmpPublish::OnPublish(
    rtmp::PublishRequest request) {
  logger_ = node_.logger.With({{observability::field::kPeer, request.peer}});
  attempt_.emplace(PublishRequest{.kind = InputKind::kRtmp,
                                  .stream_key = std::move(request.stream_key),
                                  .peer = std::move(request.peer),
                                  .encoder = std::move(request.flash_ver)},
                   &place_, link_);
  place_.OnProgress();
  if (closing_) attempt_->Leave();
  auto session = co_await node_.starter.Start(*attempt_);
  if (!session) {
    place_.OnRefused();
    co_return std::unexpected(RtmpRefusal(session.error()));
  }
  session_ = std::move(*session);
  // The session may have ordered it before we knew the session.
  if (batch_interval_.count() > 0) session_->OnBatchInterval(batch_interval_);
  co_return std::expected<void, rtmp::Refusal>{};
}

void RtmpPublish::OnClosing() {
  closing_ = true;
  if (attempt_) attempt_->Leave();
}

void RtmpPublish::OnMedia(rtmp::MediaMessage message) {
  if (!session_) return;
  session_->OnMedia({.kind = KindOf(message.kind),
                     .timestamp = message.timestamp,
                     .payload = std::move(message.payload),
                     .coded = message.coded});
}

void RtmpPublish::OnNotice(rtmp::ProtocolNotice notice) {
  const observability::Logger logger = session_ ? session_->logger() : logger_;
  logger.Warn("the encoder does something odd, its stream goes on", {{"detail", notice.text}});
}

void RtmpPublish::OnReadDone() {
  if (session_) session_->OnReadDone();
}

void RtmpPublish::OnBatchInterval(std::chrono::milliseconds interval) {
  batch_interval_ = interval;
  if (session_) session_->OnBatchInterval(interval);
}

void RtmpPublish::OnEnd(rtmp::PublishEnd end) {
  if (session_) session_->OnEnd({.cause = CauseOf(end.cause), .detail = std::move(end.detail)});
  session_.reset();
}

}  // namespace ingress::input
