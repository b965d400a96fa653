#include "rtmp/session.h"

#include <algorithm>
#include <utility>

#include "base/byte_reader.h"
#include "base/printable.h"
#include "flv/coded_frame.h"
#include "flv/metadata.h"
#include "rtmp/aggregate.h"
#include "rtmp/script_message.h"

namespace ingress::rtmp {
namespace {

constexpr std::uint32_t kTopBit = 0x80000000;
constexpr std::uint16_t kPingRequest = 6;
constexpr std::string_view kClosedByPeer = "the encoder closed the connection";
constexpr std::string_view kFailed = "NetStream.Failed";  // every encoder stops and shows the words

std::string Seconds(std::chrono::seconds duration) {
  return std::to_string(duration.count()) + " s";
}

/// The body of a type 15 or 17 message: AMF0 behind one format byte.
ByteView BehindFormatByte(ByteView body) { return body.empty() ? body : body.subspan(1); }

}  // namespace

Session::Session(ConnectionLimits limits, TimePoint accepted_at)
    : limits_(limits),
      now_(accepted_at),
      accepted_at_(accepted_at),
      media_watch_(limits.idle_before_media, limits.idle),
      publish_deadline_(accepted_at + limits.publish_accepted) {
  reader_.SetLimits({.message = kMaxStrangerMessageSize, .believed = kBelievedOfStranger});
}

Result<void> Session::Receive(ByteView data, TimePoint now) {
  if (finished_) return {};
  now_ = now;
  received_bytes_ += data.size();
  auto consumed = Consume(data);
  if (!consumed) {
    TellError(consumed.error().context);
    gate_.End(PublishEnd::Cause::kProtocolError, consumed.error().context);
    finished_ = true;
  }
  return consumed;
}

Result<void> Session::Consume(ByteView data) {
  if (!handshake_.done()) {
    if (auto done = handshake_.Receive(data, outbox_.raw()); !done) return done;
    if (!handshake_.done()) return {};
  }
  if (const auto due = acks_.OnReceived(data.size())) outbox_.WriteAcknowledgement(*due);
  if (put_aside_.empty()) return ReadMessages(data);
  put_aside_.insert(put_aside_.end(), data.begin(), data.end());
  if (!key_accepted_) return {};
  return ReadMessages(std::exchange(put_aside_, {}));
}

Result<void> Session::ReadMessages(ByteView data) {
  while (!finished_) {
    ByteView allowed = data;
    if (!key_accepted_) allowed = data.first(std::min(data.size(), stranger_bytes_left_));
    const std::size_t before = allowed.size();
    auto message = reader_.Read(allowed);
    const std::size_t consumed = before - allowed.size();
    data = data.subspan(consumed);
    if (!key_accepted_) stranger_bytes_left_ -= consumed;
    if (!message) return std::unexpected(message.error());
    if (*message) {
      if (auto handled = Handle(std::move(**message)); !handled) return handled;
    }
    const bool too_much = !key_accepted_ && gate_.held_bytes() >= kMaxStrangerBytes;
    if (*message && !too_much) continue;
    return data.empty() ? Result<void>() : OnTooMuchOfStranger(data);
  }
  return {};
}

Result<void> Session::OnTooMuchOfStranger(ByteView rest) {
  if (gate_.pending()) {
    put_aside_.assign(rest.begin(), rest.end());
    return {};
  }
  return Fail(ErrorCode::kLimitExceeded,
              "rtmp: more than " + std::to_string(kMaxStrangerBytes) + " bytes before a publish");
}

std::size_t Session::buffered_bytes() const {
  return reader_.buffered_bytes() + gate_.held_bytes() + put_aside_.capacity() +
         outbox_.buffered_bytes();
}

Result<void> Session::Handle(Message message) {
  if (message.left_out > 0) {
    if (!gate_.active()) return {};  // of no publish
    Notice("left out: a message of type " + std::to_string(std::to_underlying(message.type)) +
           " with " + std::to_string(message.left_out) + " bytes");
    return {};
  }
  const bool media = message.type == MessageType::kAudio || message.type == MessageType::kVideo ||
                     message.type == MessageType::kAggregate;
  if (!media) {
    if (auto counted = CountSideMessage(); !counted) return counted;
  }
  switch (message.type) {
    case MessageType::kSetChunkSize:
    case MessageType::kAbort:
    case MessageType::kAcknowledgement:
    case MessageType::kUserControl:
    case MessageType::kWindowAckSize:
    case MessageType::kSetPeerBandwidth:
      return HandleControl(message);
    case MessageType::kAudio:
    case MessageType::kVideo:
      HandleMedia(std::move(message));
      return {};
    case MessageType::kDataAmf0:
      HandleScript(message, message.payload);
      return {};
    case MessageType::kDataAmf3:
      HandleScript(message, BehindFormatByte(message.payload));
      return {};
    case MessageType::kCommandAmf0:
      return HandleCommand(message, message.payload);
    case MessageType::kCommandAmf3:
      return HandleCommand(message, BehindFormatByte(message.payload));
    case MessageType::kAggregate:
      HandleAggregate(message);
      return {};
    case MessageType::kSharedObjectAmf0:
    case MessageType::kSharedObjectAmf3:
      return {};
  }
  return {};  // of a type that we do not know
}

Result<void> Session::CountSideMessage() {
  const int limit = gate_.active() ? kMaxSideMessagesPerSecond : kMaxMessagesPerSecondBeforePublish;
  RateLimit& rate = gate_.active() ? side_rate_ : idle_rate_;
  if (rate.Allow(now_, limit)) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "rtmp: more than " + std::to_string(limit) +
                  " messages in a second that are neither audio nor video");
}

/// Accepted on any chunk stream and message stream: not every camera keeps to 2 and 0.
Result<void> Session::HandleControl(const Message& message) {
  if (message.type == MessageType::kUserControl) return HandleUserControl(message.payload);

  ByteReader reader(message.payload);
  const std::uint32_t value = reader.ReadU32();
  if (message.type == MessageType::kSetChunkSize) {
    if (!reader.ok() || value == 0 || value & kTopBit) {
      return Fail(ErrorCode::kMalformed, "rtmp: chunk size " + std::to_string(value));
    }
    reader_.SetChunkSize(std::min(value, kMaxChunkSize));
    return {};
  }
  if (!reader.ok()) return {};  // nothing that matters to us is lost
  if (message.type == MessageType::kAbort) reader_.Abort(value);
  if (message.type == MessageType::kWindowAckSize) acks_.SetSize(value);
  return {};
}

Result<void> Session::HandleUserControl(ByteView body) {
  ByteReader reader(body);
  const std::uint16_t event = reader.ReadU16();
  const std::uint32_t time = reader.ReadU32();
  if (reader.ok() && event == kPingRequest) outbox_.WritePingResponse(time);
  return {};
}

void Session::HandleAggregate(const Message& message) {
  auto parts = SplitAggregate(message);
  if (!parts) return Notice("left out: " + parts.error().context);
  for (Message& part : *parts) {
    if (part.type == MessageType::kAudio || part.type == MessageType::kVideo) {
      HandleMedia(std::move(part));
    } else if (part.type == MessageType::kDataAmf0) {
      HandleScript(part, part.payload);
    }
  }
}

/// The message stream id does not matter: some clients publish on 0, and only one publish is
/// under way at a time. Empty messages are legal and mean nothing to us.
void Session::HandleMedia(Message message) {
  if (!gate_.active() || message.payload.empty()) return;
  NoteChunkStream(message.chunk_stream_id);
  const bool coded = flv::HoldsCodedFrame(static_cast<flv::TagType>(message.type), message.payload);
  coded ? media_watch_.OnFrame(now_) : media_watch_.OnAnnounced();
  gate_.OnMedia({.kind = static_cast<MediaMessage::Kind>(message.type),
                 .timestamp = message.timestamp,
                 .payload = std::move(message.payload),
                 .coded = coded});
}

void Session::HandleScript(const Message& message, ByteView body) {
  if (!gate_.active()) return;
  NoteChunkStream(message.chunk_stream_id);
  auto script = ReadScriptMessage(body);
  if (!script || !*script) return;  // what does not decode is dropped, the stream goes on
  media_watch_.OnAnnounced();
  if (const auto metadata = flv::ParseMetadata((*script)->payload)) {
    quirks_.OnEncoder(metadata->encoder);
    reader_.SetFmt3MeansSameTimestamp(quirks_.fmt3_means_same_timestamp());
  }
  gate_.OnMedia({.kind = MediaMessage::Kind::kScript,
                 .timestamp = message.timestamp,
                 .payload = std::move((*script)->payload)});
}

void Session::NoteChunkStream(std::uint32_t chunk_stream_id) {
  quirks_.OnMedia(chunk_stream_id);
  reader_.SetFmt3MeansSameTimestamp(quirks_.fmt3_means_same_timestamp());
}

void Session::Notice(std::string text) {
  if (!std::exchange(noticed_, true)) gate_.Notice(std::move(text));
}

/// Tells the encoder why the connection ends, in the form that it waits for.
void Session::TellError(std::string_view what) {
  if (reason_sent_ || !handshake_.done()) return;
  reason_sent_ = true;
  const std::string description =
      "The server cannot go on: " + Printable(what) + ". Restart the encoder.";
  if (!connected_) {
    outbox_.WriteCommand(0, MakeConnectError(kConnectTransaction, description));
  } else {
    outbox_.WriteCommand(publish_stream_id_,
                         MakeOnStatus(StatusLevel::kError, kFailed, description));
  }
}

std::optional<TimePoint> Session::NextDeadline() const {
  if (finished_) return std::nullopt;
  if (!handshake_.done()) {
    return std::min(accepted_at_ + limits_.handshake, publish_deadline_);
  }
  if (gate_.live()) return media_watch_.deadline();
  return publish_deadline_;
}

Result<void> Session::OnDeadline(TimePoint now) {
  const auto deadline = NextDeadline();
  if (!deadline || now < *deadline) return {};
  finished_ = true;
  if (!handshake_.done()) {
    return Fail(ErrorCode::kTimeout,
                "rtmp: no complete handshake within " + Seconds(limits_.handshake));
  }
  if (gate_.live()) {
    const std::string detail = "no audio or video for " + Seconds(media_watch_.limit());
    outbox_.WriteCommand(publish_stream_id_,
                         MakeOnStatus(StatusLevel::kError, kFailed,
                                      "The encoder sent " + detail + ". Start the stream again."));
    gate_.End(PublishEnd::Cause::kTimedOut, detail);
    return Fail(ErrorCode::kTimeout, "rtmp publish: " + detail);
  }
  if (gate_.active()) {
    const std::string detail = "the stream key was not decided about in time";
    outbox_.WriteCommand(
        publish_stream_id_,
        MakeOnStatus(StatusLevel::kError, kFailed,
                     "The server took too long to check the stream key. Connect again."));
    gate_.End(PublishEnd::Cause::kTimedOut, detail);
    return Fail(ErrorCode::kTimeout, "rtmp publish: " + detail);
  }
  if (unpublished_at_) return {};  // had its time to publish again
  return Fail(ErrorCode::kTimeout, "rtmp: no publish within " + Seconds(limits_.publish_accepted));
}

Result<void> Session::OnDisconnected(std::string_view detail) {
  if (finished_) return {};
  finished_ = true;
  const std::string reason(detail.empty() ? kClosedByPeer : detail);
  const bool published = !gate_.idle() || unpublished_at_;
  gate_.End(PublishEnd::Cause::kDisconnected, reason);
  // A connection that says nothing is a port check or a health probe.
  if (published || received_bytes_ == 0) return {};
  return Fail(ErrorCode::kClosed,
              "rtmp: " + reason + " " +
                  (handshake_.done() ? "before it published" : "during the handshake"));
}

void Session::AcceptPublish(TimePoint now) {
  if (!gate_.pending()) return;
  key_accepted_ = true;
  reader_.SetLimits({});
  if (!gate_.Accept() || finished_) return;
  media_watch_.OnAccepted(now);
  outbox_.WriteStreamBegin(publish_stream_id_);
  outbox_.WriteCommand(publish_stream_id_, MakePublishStart(publish_name_));
}

void Session::RefusePublish(const Refusal& refusal) {
  if (!gate_.pending()) return;
  gate_.Refuse();
  if (finished_) return;
  outbox_.WriteCommand(publish_stream_id_,
                       MakeOnStatus(StatusLevel::kError, refusal.code, refusal.description));
  finished_ = true;
}

void Session::Close(std::string_view code, std::string_view description) {
  if (finished_) return;
  finished_ = true;
  if (!gate_.active()) return;
  const auto level = code.ends_with(".Success") ? StatusLevel::kStatus : StatusLevel::kError;
  outbox_.WriteCommand(publish_stream_id_, MakeOnStatus(level, code, description));
  gate_.End(PublishEnd::Cause::kClosedByUs, std::string(description));
}

}  // namespace ingress::rtmp
