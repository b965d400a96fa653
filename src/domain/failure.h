#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/input_kind.h"
#include "livekit_models.pb.h"

namespace ingress {

/// Every way in which a session can end or be refused that a user can meet.
enum class FailureCode : std::uint8_t {
  // refused before media
  kMissingStreamKey,
  kUnknownStreamKey,
  kTooManyWrongKeys,
  kIngressDisabled,
  kWrongInputType,
  kInvalidOptions,
  kNoCapacity,
  kShuttingDown,
  kAlreadyPublishing,
  kControlPlaneUnreachable,
  kRedisUnreachable,
  // our own processes
  kHandlerStartFailed,
  kHandlerCrashed,
  kHandlerHung,
  kHandlerOutOfMemory,
  kNodeRestarted,
  kNodeCannotEncode,
  // the publisher's stream
  kNoMedia,
  kNoCodecHeaders,
  kCorruptVideo,
  kUnsupportedCodec,
  kVideoTooLarge,
  kPublisherTimedOut,
  kProtocolError,
  // the room
  kRoomUnreachable,
  kRoomRefusedToken,
  kRoomCertificateRefused,
  kRoomNotFound,
  kRoomRefusedParticipant,
  kRoomLacksCodec,
  kRoomClosed,  // deleted, or closed when empty
  kParticipantRemoved,
  kDuplicateIdentity,
  kRoomServerShutdown,
  kRoomConnectionLost,  // signal or media transport, not mended by resuming
  kRoomDisconnected,    // any other reason
  // ended on purpose
  kIngressDeleted,
  kIngressUpdated,
  kTakenOver,
  kEndedByOperator,
  // ours
  kInternal,
};

/// What the catalogue knows about a code. All texts are static.
struct FailureTraits {
  FailureCode code;
  std::string_view name;    // stable, snake_case: logs, metric label
  std::string_view cause;   // begins with LiveKit's own text where it has one
  std::string_view remedy;  // what to do, one sentence
  std::string_view psrpc_code;
  bool clean_end;  // ends a session as INACTIVE or COMPLETE, not as ERROR
};

const FailureTraits& Traits(FailureCode code);
std::span<const FailureTraits> AllFailures();

/// The code that has this number in another process of this build; empty where none has.
std::optional<FailureCode> FailureCodeOf(std::uint32_t number);

/// One failure: the same object goes to the log, the ingress' state, the metric label and the
/// encoder. Texts are valid UTF-8 without control characters, whatever the detail was.
class Failure {
 public:
  static constexpr std::size_t kMaxDetailBytes = 300;

  /// `detail`: the particulars of this case, may be empty; shown to the user, so no secrets. Left
  /// out where the cause says the same already.
  explicit Failure(FailureCode code, std::string_view detail = {});

  /// A failure with a cause of its own, such as the numbers of NoCapacity.
  Failure(FailureCode code, std::string_view cause, std::string_view remedy);

  FailureCode code() const { return code_; }
  std::string_view name() const { return Traits(code_).name; }
  std::string_view psrpc_code() const { return Traits(code_).psrpc_code; }
  bool clean_end() const { return Traits(code_).clean_end; }
  const std::string& cause() const { return cause_; }
  const std::string& remedy() const { return remedy_; }

  /// "<cause>. <remedy>": for IngressState.error and for the encoder.
  std::string Message() const;

 private:
  FailureCode code_;
  std::string cause_;
  std::string remedy_;
};

/// The ingress of this stream key is not for the input that it came by.
Failure WrongInputFailure(InputKind via);

/// What an encoder sent is not its protocol; `detail` says where.
Failure ProtocolErrorFailure(InputKind via, std::string_view detail);

/// No room for another session of an input: cores needed for it, cores free, cores of the node.
Failure NoCapacityFailure(InputKind via, double needed, double free, double cores);

/// Too little of the node is idle, whoever uses it: cores idle, cores of the node.
Failure NodeBusyFailure(double idle, double cores);

/// The same for memory, in bytes, and for the operator's own limit.
Failure NoMemoryFailure(std::uint64_t needed, std::int64_t free);
Failure TooManySessionsFailure(std::size_t limit);

/// So many publishes come at once that this one cannot even wait for its turn.
Failure TooManyPublishesFailure();

/// The same for those with one stream key.
Failure TooManyPublishesOfKeyFailure();

/// The connection of a publish ended before its turn came.
Failure EncoderLeftFailure();

/// Another ingress is live in the room as the same participant.
Failure ParticipantInUseFailure(std::string_view identity, std::string_view room);

/// What a failed GetIngressInfo means, for a peer that nobody knows: without what the bus says of
/// it, which may name our servers. `psrpc_code`: as the bus gave it. `bus_away`: it never got as
/// far as livekit-server.
Failure LookupFailure(std::string_view psrpc_code, bool bus_away);

/// What a failed Room::Join() or Room::Publish() means.
Failure RoomFailure(const Error& error);

/// What the end of the room means for the session.
Failure DisconnectFailure(::livekit::DisconnectReason reason, std::string_view detail);

/// The value of livekit_ingress_publish_status{status}: "success", "4xx", "5xx" or "internal", by
/// the Go service's rules (an unavailable service counts as internal).
std::string_view PublishStatusLabel(std::optional<FailureCode> failure);

}  // namespace ingress
