#include <algorithm>
#include <cmath>
#include <utility>

#include "base/printable.h"
#include "rtmp/session.h"
#include "rtmp/stream_key.h"

namespace ingress::rtmp {
namespace {

// 0 addresses the connection, and FFmpeg's own server keeps 2 for itself.
constexpr std::uint32_t kReservedStreamId = 2;

std::string TextOf(const amf::Value* value) {
  const std::string* text = value ? value->AsString() : nullptr;
  return text ? *text : std::string();
}

}  // namespace

const Session::NamedHandler Session::kHandlers[] = {
    {"connect", &Session::OnConnect},
    {"releaseStream", &Session::OnReleaseStream},
    {"FCPublish", &Session::OnFcPublish},
    {"createStream", &Session::OnCreateStream},
    {"publish", &Session::OnPublish},
    {"FCUnpublish", &Session::OnUnpublish},
    {"closeStream", &Session::OnUnpublish},
    {"deleteStream", &Session::OnDeleteStream},
    {"play", &Session::OnPlay},
    {"play2", &Session::OnPlay},
    {"_result", &Session::OnAnswer},
    {"_error", &Session::OnAnswer},
    {"onStatus", &Session::OnAnswer},
};

Result<void> Session::HandleCommand(const Message& message, ByteView body) {
  if (!command_rate_.Allow(now_)) {
    return Fail(
        ErrorCode::kLimitExceeded,
        "rtmp: more than " + std::to_string(kMaxCommandsPerSecond) + " commands in a second");
  }
  const auto command = ParseCommand(body);
  if (!command) return std::unexpected(command.error());
  const auto* const found = std::ranges::find(kHandlers, command->name, &NamedHandler::name);
  if (found != std::end(kHandlers)) return (this->*found->handler)(*command, message);
  // _checkbw, getStreamLength, setPlaylist…: an empty answer satisfies all who wait for one.
  if (command->expects_result()) {
    outbox_.WriteCommand(message.message_stream_id, MakeResult(command->transaction_id, {}));
  }
  return {};
}

Result<void> Session::OnConnect(const Command& command, const Message&) {
  const amf::Value& object = command.Argument(0);
  app_ = TextOf(object.Find("app"));
  tc_url_ = TextOf(object.Find("tcUrl"));
  if (tc_url_.empty()) tc_url_ = TextOf(object.Find("tcurl"));
  if (app_.size() > kMaxNameLength || tc_url_.size() > kMaxNameLength) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtmp connect: app or tcUrl above " + std::to_string(kMaxNameLength) + " bytes");
  }
  flash_ver_ = Printable(TextOf(object.Find("flashVer")));
  quirks_.OnConnect(flash_ver_);
  connected_ = true;

  // The chunk size has to be told before the result: OBS does not read on once it publishes.
  outbox_.WriteWindowAckSize(kOurWindowAckSize);
  outbox_.WriteSetPeerBandwidth(kOurWindowAckSize);
  outbox_.WriteSetChunkSize(kOurChunkSize);
  outbox_.WriteCommand(0, MakeConnectResult(command.transaction_id));
  return {};
}

Result<void> Session::OnReleaseStream(const Command& command, const Message&) {
  if (command.expects_result()) outbox_.WriteCommand(0, MakeResult(command.transaction_id, {}));
  return {};
}

Result<void> Session::OnFcPublish(const Command& command, const Message&) {
  outbox_.WriteCommand(0, MakeOnFcPublish(command.transaction_id));
  if (command.expects_result()) outbox_.WriteCommand(0, MakeResult(command.transaction_id, {}));
  return {};
}

Result<void> Session::OnCreateStream(const Command& command, const Message&) {
  if (message_streams_.size() == kMaxMessageStreams) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtmp: more than " + std::to_string(kMaxMessageStreams) + " message streams");
  }
  if (++last_stream_id_ == kReservedStreamId) ++last_stream_id_;
  message_streams_.push_back(last_stream_id_);
  if (unpublished_at_) publish_deadline_ = *unpublished_at_ + limits_.publish_accepted;
  outbox_.WriteCommand(0, MakeResult(command.transaction_id, last_stream_id_));
  return {};
}

/// Arguments: null, the name, and a type that is always taken as "live". Flash stops with the name
/// `false`.
Result<void> Session::OnPublish(const Command& command, const Message& message) {
  if (command.Argument(1) == amf::Value(false)) return OnUnpublish(command, message);
  if (!connected_) return Fail(ErrorCode::kMalformed, "rtmp: publish without connect");

  // Clients that ignore the id of createStream still listen on it.
  const std::uint32_t stream_id =
      message.message_stream_id != 0 ? message.message_stream_id : std::max(1u, last_stream_id_);
  if (!gate_.idle()) {
    return RefuseCommand(ErrorCode::kConflict, "NetStream.Publish.BadName",
                         "This connection is publishing already; use one for each stream.",
                         stream_id);
  }
  publish_name_ = TextOf(&command.Argument(1));
  publish_stream_id_ = stream_id;
  if (publish_name_.size() > kMaxNameLength) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtmp publish: name above " + std::to_string(kMaxNameLength) + " bytes");
  }
  PublishTarget target = ParsePublishTarget(publish_name_, app_, tc_url_);
  if (target.stream_key.empty()) {
    return RefuseCommand(ErrorCode::kUnauthorized, "NetStream.Publish.BadName",
                         "The stream key is missing; enter it in the encoder or append it to "
                         "the URL.",
                         stream_id);
  }
  quirks_.OnPublish(message.chunk_stream_id);
  reader_.SetFmt3MeansSameTimestamp(quirks_.fmt3_means_same_timestamp());
  media_seen_ = false;
  if (unpublished_at_) publish_deadline_ = *unpublished_at_ + limits_.publish_accepted;
  gate_.Request({.stream_key = std::move(target.stream_key),
                 .app = Printable(target.app),
                 .query = std::move(target.query),
                 .flash_ver = flash_ver_,
                 .peer = {}});
  return {};
}

/// The argument should be the stream id; rtmp2sink sends the name instead, others nothing.
Result<void> Session::OnDeleteStream(const Command& command, const Message&) {
  const double number = command.Argument(1).AsNumber().value_or(publish_stream_id_);
  const auto found = std::ranges::find(message_streams_, number);
  const bool known = found != message_streams_.end();
  if (known) message_streams_.erase(found);
  if (!known || number == publish_stream_id_) Unpublish("deleteStream");
  return {};
}

Result<void> Session::OnUnpublish(const Command& command, const Message&) {
  Unpublish(Printable(command.name));
  return {};
}

Result<void> Session::OnPlay(const Command&, const Message& message) {
  return RefuseCommand(ErrorCode::kUnsupported, "NetStream.Play.Failed",
                       "This server only takes streams in; watch in the LiveKit room.",
                       message.message_stream_id);
}

Result<void> Session::OnAnswer(const Command&, const Message&) { return {}; }

void Session::Unpublish(std::string_view how) {
  if (!gate_.active()) return;
  gate_.End(PublishEnd::Cause::kUnpublished, "the encoder sent " + std::string(how));
  unpublished_at_ = now_;
  publish_deadline_ = now_ + kUnpublishLinger;
}

Result<void> Session::RefuseCommand(ErrorCode code, std::string_view status,
                                    std::string_view description, std::uint32_t message_stream_id) {
  outbox_.WriteCommand(message_stream_id, MakeOnStatus(StatusLevel::kError, status, description));
  return Fail(code, "rtmp: refused: " + std::string(description));
}

}  // namespace ingress::rtmp
