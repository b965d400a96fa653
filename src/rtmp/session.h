#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "amf/value.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "rtmp/ack_window.h"
#include "rtmp/chunk_reader.h"
#include "rtmp/client_quirks.h"
#include "rtmp/command.h"
#include "rtmp/handshake.h"
#include "rtmp/limits.h"
#include "rtmp/media_watch.h"
#include "rtmp/outbox.h"
#include "rtmp/publish_gate.h"
#include "rtmp/rate_limit.h"

namespace ingress::rtmp {

/// The server's side of one RTMP connection that publishes, without its socket.
///
/// Sans-IO: bytes and `now` go in; bytes, events and the next deadline come out. After each call
/// the owner takes events and output. Once finished() it writes what is left and closes.
///
/// A publish shows as a PublishRequest event; the owner answers with AcceptPublish() or
/// RefusePublish(), now or later, and exactly one answer must come, even when the connection is
/// gone by then. After acceptance MediaMessage events follow, and in the end one PublishEnd.
/// Playing, shared objects and RTMPE are not supported.
///
/// Until a publish has been accepted the peer is a stranger, for whom limits are narrow
/// (kMaxStrangerBytes). Media that comes with its request is not lost by them: what would be too
/// much is put aside and wants_input() is false until the decision.
///
/// A publish that runs is not disturbed by odd messages beside it: what asks for something else is
/// refused, what cannot be read is passed over, with one ProtocolNotice a connection. Where a
/// protocol error ends the connection, the encoder is told it.
class Session {
 public:
  Session(ConnectionLimits limits, TimePoint accepted_at);

  /// Takes bytes as they arrive, behind those that were put aside. An error is the reason to close,
  /// in words for an operator; a live publish has then ended with kProtocolError.
  Result<void> Receive(ByteView data, TimePoint now);

  /// Must be called once NextDeadline() has passed. An error is a kTimeout with the reason; without
  /// one the end is ordinary. Does nothing when called too early.
  Result<void> OnDeadline(TimePoint now);

  /// The peer closed, or the connection broke for the reason in `detail`. An error when it left
  /// before it published anything.
  Result<void> OnDisconnected(std::string_view detail);

  /// The answer to a PublishRequest. After acceptance Receive() is due, be it without bytes.
  void AcceptPublish(TimePoint now);
  void RefusePublish(const Refusal& refusal);

  /// Ends the connection from our side, with an onStatus where a publish is under way. The status
  /// level is "status" for codes that end in ".Success", otherwise "error".
  void Close(std::string_view code, std::string_view description);

  /// When OnDeadline() is due; empty once finished.
  std::optional<TimePoint> NextDeadline() const;

  std::vector<Event> TakeEvents() { return gate_.TakeEvents(); }
  Bytes TakeOutput() { return outbox_.Take(); }

  /// False while so much media waits for the publish decision that the owner must stop reading.
  bool wants_input() const { return !gate_.full() && put_aside_.empty(); }

  /// A publish has been accepted on this connection.
  bool key_accepted() const { return key_accepted_; }

  /// Memory that is kept of what came, and of what was not taken yet.
  std::size_t buffered_bytes() const;

  /// Nothing more will be read; write the output and close.
  bool finished() const { return finished_; }

 private:
  using CommandHandler = Result<void> (Session::*)(const Command&, const Message&);
  struct NamedHandler {
    std::string_view name;
    CommandHandler handler;
  };

  Result<void> Consume(ByteView data);
  Result<void> ReadMessages(ByteView data);
  Result<void> OnTooMuchOfStranger(ByteView rest);
  Result<void> Handle(Message message);
  Result<void> HandleControl(const Message& message);
  Result<void> HandleUserControl(ByteView body);
  void HandleAggregate(const Message& message);
  void HandleMedia(Message message);
  void HandleScript(const Message& message, ByteView body);
  void NoteChunkStream(std::uint32_t chunk_stream_id);
  Result<void> CountSideMessage();
  void Notice(std::string text);
  void TellError(std::string_view what);

  // session_commands.cc
  Result<void> HandleCommand(const Message& message, ByteView body);
  Result<void> OnConnect(const Command& command, const Message& message);
  Result<void> OnReleaseStream(const Command& command, const Message& message);
  Result<void> OnFcPublish(const Command& command, const Message& message);
  Result<void> OnCreateStream(const Command& command, const Message& message);
  Result<void> OnPublish(const Command& command, const Message& message);
  Result<void> OnDeleteStream(const Command& command, const Message& message);
  Result<void> OnFcUnpublish(const Command& command, const Message& message);
  Result<void> OnCloseStream(const Command& command, const Message& message);
  Result<void> OnPlay(const Command& command, const Message& message);
  Result<void> OnAnswer(const Command& command, const Message& message);
  void Unpublish(std::string_view how);
  bool IsOfPublish(const Message& message) const;
  Result<void> Refuse(ErrorCode code, std::string_view status, std::string_view description,
                      std::uint32_t message_stream_id);
  void RefuseOtherRequest(std::string_view status, std::string_view description,
                          std::uint32_t message_stream_id);

  static const NamedHandler kHandlers[];

  ConnectionLimits limits_;
  TimePoint now_;  // as of the current call
  TimePoint accepted_at_;
  MediaWatch media_watch_;
  TimePoint publish_deadline_;
  std::optional<TimePoint> unpublished_at_;
  std::uint64_t received_bytes_ = 0;
  std::size_t stranger_bytes_left_ = kMaxStrangerBytes;
  Bytes put_aside_;  // of a stranger whose publish is being decided
  bool key_accepted_ = false;
  bool finished_ = false;

  Handshake handshake_;
  ChunkReader reader_;
  Outbox outbox_;
  AckWindow acks_;
  ClientQuirks quirks_;
  PublishGate gate_;
  RateLimit idle_rate_;       // of messages without a publish
  RateLimit side_rate_;       // of those beside one that are neither audio nor video
  bool noticed_ = false;      // an oddity was told
  bool reason_sent_ = false;  // the encoder knows why the connection ends

  bool connected_ = false;  // the connect command came
  std::string app_;
  std::string tc_url_;
  std::string flash_ver_;
  std::vector<std::uint32_t> message_streams_;
  std::uint32_t last_stream_id_ = 0;
  std::string publish_name_;  // as sent; a secret
  std::string publish_key_;   // a secret
  std::uint32_t publish_stream_id_ = 0;
};

}  // namespace ingress::rtmp
