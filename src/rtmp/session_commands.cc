#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "rtmp/session.h"
#include "rtmp/stream_key.h"

namespace ingress::rtmp {
namespace {

// 0 addresses the connection, and FFmpeg's own server keeps 2 for itself.
constexpr std::uint32_t kReservedStreamId = 2;

constexpr std::string_view kBadName = "NetStream.Publish.BadName";

std::string TextOf(const amf::Value* value) {
  const std::string* text = value ? value->AsString() : nullptr;
  return text ? *text : std::string();
}

std::string TooLong(std::string_view what, std::size_t bytes) {
  return std::string(what) + " is too long: " + std::to_string(bytes) + " bytes, at most " +
         std::to_string(kMaxNameLength) + ". Enter it again in the encoder's settings.";
}

}  // namespace

const Session::NamedHandler Session::kHandlers[] = {
    {"connect", &Session::OnConnect},
    {"releaseStream", &Session::OnReleaseStream},
    {"FCPublish", &Session::OnFcPublish},
    {"createStream", &Session::OnCreateStream},
    {"publish", &Session::OnPublish},
    {"FCUnpublish", &Session::OnFcUnpublish},
    {"closeStream", &Session::OnCloseStream},
    {"deleteStream", &Session::OnDeleteStream},
    {"play", &Session::OnPlay},
    {"play2", &Session::OnPlay},
    {"_result", &Session::OnAnswer},
    {"_error", &Session::OnAnswer},
    {"onStatus", &Session::OnAnswer},
};

Result<void> Session::HandleCommand(const Message& message, ByteView body) {
  const auto command = ParseCommand(body);
  if (!command) {
    if (!gate_.active()) return std::unexpected(command.error());
    Notice("left out: " + command.error().context);
    return {};
  }
  const auto* const found = std::ranges::find(kHandlers, command->name, &NamedHandler::name);
  if (found != std::end(kHandlers)) return (this->*found->handler)(*command, message);
  // _checkbw, getStreamLength, setPlaylist…: an empty answer satisfies all who wait for one.
  if (command->expects_result()) {
    outbox_.WriteCommand(message.message_stream_id, MakeResult(command->transaction_id, {}));
  }
  return {};
}

Result<void> Session::OnConnect(const Command& command, const Message&) {
  if (gate_.active()) {
    constexpr std::string_view kWhy = "This connection is in use; its stream goes on.";
    outbox_.WriteCommand(0, MakeConnectError(command.transaction_id, kWhy));
    Notice("the encoder sent a second connect, which was refused");
    return {};
  }
  const amf::Value& object = command.Argument(0);
  app_ = TextOf(object.Find("app"));
  tc_url_ = TextOf(object.Find("tcUrl"));
  if (tc_url_.empty()) tc_url_ = TextOf(object.Find("tcurl"));
  if (std::max(app_.size(), tc_url_.size()) > kMaxNameLength) {
    const std::string why = TooLong("The server URL", std::max(app_.size(), tc_url_.size()));
    outbox_.WriteCommand(0, MakeConnectError(command.transaction_id, why));
    reason_sent_ = true;
    return Fail(ErrorCode::kLimitExceeded, "rtmp: refused: " + why);
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

/// Frees the name for others, which is no matter here: it does not touch a publish that runs.
Result<void> Session::OnReleaseStream(const Command& command, const Message&) {
  if (command.expects_result()) outbox_.WriteCommand(0, MakeResult(command.transaction_id, {}));
  return {};
}

Result<void> Session::OnFcPublish(const Command& command, const Message&) {
  outbox_.WriteCommand(0, MakeOnFcPublish(command.transaction_id));
  if (command.expects_result()) outbox_.WriteCommand(0, MakeResult(command.transaction_id, {}));
  return {};
}

/// Of many streams that are never deleted, the oldest is forgotten: some encoders make a new one
/// for each publish on the same connection.
Result<void> Session::OnCreateStream(const Command& command, const Message&) {
  if (message_streams_.size() == kMaxMessageStreams) {
    const auto unused = [this](std::uint32_t id) {
      return !gate_.active() || id != publish_stream_id_;
    };
    message_streams_.erase(std::ranges::find_if(message_streams_, unused));
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
  if (command.Argument(1) == amf::Value(false)) return OnCloseStream(command, message);
  if (!connected_) return Fail(ErrorCode::kMalformed, "rtmp: publish without connect");

  // Clients that ignore the id of createStream still listen on it.
  const std::uint32_t stream_id =
      message.message_stream_id != 0 ? message.message_stream_id : std::max(1u, last_stream_id_);
  if (gate_.active()) {
    RefuseOtherRequest(kBadName,
                       "This connection is publishing already, and that stream goes on. Open a "
                       "connection of its own for each stream.",
                       stream_id);
    return {};
  }
  publish_name_ = TextOf(&command.Argument(1));
  publish_stream_id_ = stream_id;
  if (publish_name_.size() > kMaxNameLength) {
    return Refuse(ErrorCode::kLimitExceeded, kBadName,
                  TooLong("The stream key", publish_name_.size()), stream_id);
  }
  PublishTarget target = ParsePublishTarget(publish_name_, app_, tc_url_);
  if (target.stream_key.empty()) {
    return Refuse(ErrorCode::kUnauthorized, kBadName,
                  "The stream key is missing; enter it in the encoder or append it to the URL.",
                  stream_id);
  }
  publish_key_ = target.stream_key;
  quirks_.OnPublish(message.chunk_stream_id);
  reader_.SetFmt3MeansSameTimestamp(quirks_.fmt3_means_same_timestamp());
  media_watch_.OnRequested();
  // From here on media counts: a key frame that is larger waits for the decision.
  if (!key_accepted_) reader_.SetLimits({.believed = kBelievedOfStranger});
  if (unpublished_at_) publish_deadline_ = *unpublished_at_ + limits_.publish_accepted;
  gate_.Request({.stream_key = std::move(target.stream_key),
                 .app = Printable(target.app),
                 .query = std::move(target.query),
                 .flash_ver = flash_ver_,
                 .peer = {}});
  return {};
}

/// The argument should be the stream id; rtmp2sink sends the name instead, others nothing.
Result<void> Session::OnDeleteStream(const Command& command, const Message& message) {
  const amf::Value& which = command.Argument(1);
  if (which.AsString()) return OnFcUnpublish(command, message);
  const std::optional<double> number = which.AsNumber();
  if (number) std::erase_if(message_streams_, [&](std::uint32_t id) { return id == *number; });
  if (!number || number == publish_stream_id_) Unpublish(command.name);
  return {};
}

/// The argument is the name, which some encoders send without its query, or not at all.
Result<void> Session::OnFcUnpublish(const Command& command, const Message&) {
  const std::string name = TextOf(&command.Argument(1));
  const bool other = !name.empty() && name != publish_name_ &&
                     ParsePublishTarget(name, app_, tc_url_).stream_key != publish_key_;
  if (!other) Unpublish(command.name);
  return {};
}

Result<void> Session::OnCloseStream(const Command& command, const Message& message) {
  if (IsOfPublish(message)) Unpublish(command.name);
  return {};
}

Result<void> Session::OnPlay(const Command&, const Message& message) {
  constexpr std::string_view kStatus = "NetStream.Play.Failed";
  constexpr std::string_view kWhy = "This server only takes streams in; watch in the LiveKit room.";
  if (!gate_.active()) {
    return Refuse(ErrorCode::kUnsupported, kStatus, kWhy, message.message_stream_id);
  }
  RefuseOtherRequest(kStatus, kWhy, message.message_stream_id);
  return {};
}

Result<void> Session::OnAnswer(const Command&, const Message&) { return {}; }

void Session::Unpublish(std::string_view command) {
  if (!gate_.active()) return;
  gate_.End(PublishEnd::Cause::kUnpublished, "the encoder sent " + Printable(command));
  unpublished_at_ = now_;
  publish_deadline_ = now_ + kUnpublishLinger;
}

/// Whether a command that names its stream by the message stream id means the publish.
bool Session::IsOfPublish(const Message& message) const {
  return message.message_stream_id == 0 || message.message_stream_id == publish_stream_id_;
}

Result<void> Session::Refuse(ErrorCode code, std::string_view status, std::string_view description,
                             std::uint32_t message_stream_id) {
  outbox_.WriteCommand(message_stream_id, MakeOnStatus(StatusLevel::kError, status, description));
  reason_sent_ = true;
  return Fail(code, "rtmp: refused: " + std::string(description));
}

/// The same beside a publish that goes on.
void Session::RefuseOtherRequest(std::string_view status, std::string_view description,
                                 std::uint32_t message_stream_id) {
  outbox_.WriteCommand(message_stream_id, MakeOnStatus(StatusLevel::kError, status, description));
  Notice("refused beside the running stream: " + std::string(description));
}

}  // namespace ingress::rtmp
