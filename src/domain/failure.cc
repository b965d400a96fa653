#include "domain/failure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace ingress {
namespace {

constexpr std::size_t kMaxTextBytes = 600;

constexpr auto kCatalogue = std::to_array<FailureTraits>({
    {FailureCode::kMissingStreamKey, "missing_stream_key", "missing stream key",
     "Enter the ingress' stream key in the encoder's settings.", "invalid_argument", false},
    {FailureCode::kUnknownStreamKey, "unknown_stream_key",
     "ingress not found: no ingress has this stream key",
     "Check the stream key in the encoder's settings.", "not_found", false},
    {FailureCode::kTooManyWrongKeys, "too_many_wrong_keys",
     "too many wrong stream keys came from this network address",
     "Check the stream key in the encoder's settings and start it again in a minute.",
     "resource_exhausted", false},
    {FailureCode::kIngressDisabled, "ingress_disabled", "session is disabled",
     "Enable the ingress through the API (enabled = true) and start the encoder again.",
     "permission_denied", false},
    {FailureCode::kWrongInputType, "wrong_input_type",
     "invalid ingress type: this ingress is for another kind of input",
     "Use the address that belongs to the ingress, or create one for this kind of input.",
     "invalid_argument", false},
    {FailureCode::kInvalidOptions, "invalid_options", "invalid ingress options",
     "Update the ingress through the API.", "invalid_argument", false},
    {FailureCode::kNoCapacity, "no_capacity", "server capacity exceeded",
     "Add an ingress node, or try again when a stream has ended.", "resource_exhausted", false},
    {FailureCode::kShuttingDown, "shutting_down", "server shutting down",
     "Connect again; another node takes the stream.", "unavailable", true},
    {FailureCode::kAlreadyPublishing, "already_publishing",
     "another encoder is publishing with this stream key",
     "Stop the other encoder, or use a stream key of its own for this one.", "already_exists",
     false},
    {FailureCode::kControlPlaneUnreachable, "control_plane_unreachable",
     "livekit-server does not answer",
     "Check that livekit-server runs and that both use the same Redis, then connect again.",
     "unavailable", false},
    {FailureCode::kRedisUnreachable, "redis_unreachable", "Redis cannot be reached",
     "Check that Redis runs and that redis in the ingress' configuration is right, then connect "
     "again.",
     "unavailable", false},

    {FailureCode::kHandlerStartFailed, "handler_start_failed",
     "the process for this stream could not be started",
     "Connect again; if it stays, look at the node's log, its memory and its process limit.",
     "internal", false},
    {FailureCode::kHandlerCrashed, "handler_crashed",
     "the process for this stream ended unexpectedly",
     "Connect again; please report it with the node's log.", "internal", false},
    {FailureCode::kHandlerHung, "handler_hung", "the process for this stream stopped responding",
     "Connect again; please report it with the node's log.", "internal", false},
    {FailureCode::kHandlerOutOfMemory, "handler_out_of_memory",
     "the process for this stream was ended because the node has no memory left",
     "Connect again; if it stays, give the node more memory or fewer streams (max_sessions).",
     "resource_exhausted", false},
    {FailureCode::kNodeRestarted, "node_restarted", "the node was restarted while the stream ran",
     "Connect again.", "unavailable", false},
    {FailureCode::kNodeCannotEncode, "node_cannot_encode",
     "the node lacks the video encoder, and viewers cannot play the source as it is",
     "Send H.264 without B-frames that fits the ingress' preset, or have GStreamer's x264 or "
     "openh264 "
     "plugin installed on the node, and its vpx plugin for VP8.",
     "unavailable", false},

    {FailureCode::kNoMedia, "no_media", "source encoder not ready: it sent neither audio nor video",
     "Check that the encoder has a video or an audio source, then start it again.",
     "failed_precondition", false},
    {FailureCode::kNoCodecHeaders, "no_codec_headers",
     "source encoder not ready: it sent media but not the headers a decoder needs",
     "Restart the stream in the encoder; if it stays, choose H.264 and AAC there.",
     "failed_precondition", false},
    {FailureCode::kCorruptVideo, "corrupt_video",
     "unsupported format for the source media: the video's headers do not parse",
     "Restart the stream in the encoder; if it stays, try another encoder or H.264 profile.",
     "not_acceptable", false},
    {FailureCode::kUnsupportedCodec, "unsupported_codec",
     "unsupported mime type for the source media", "Choose H.264 and AAC in the encoder.",
     "not_acceptable", false},
    {FailureCode::kVideoTooLarge, "video_too_large",
     "the source's pictures are larger than this server decodes",
     "Lower the resolution in the encoder, or its reference frames; the server's limit is "
     "max_input_pixels.",
     "not_acceptable", false},
    {FailureCode::kPublisherTimedOut, "publisher_timed_out",
     "source encoder stopped sending without closing the stream",
     "Check the encoder's network, then connect again.", "deadline_exceeded", false},
    {FailureCode::kProtocolError, "protocol_error", "the encoder broke its protocol",
     "Restart the encoder; please report it with the encoder's name and version.",
     "malformed_request", false},

    {FailureCode::kRoomUnreachable, "room_unreachable", "livekit-server cannot be reached",
     "Check ws_url in the ingress' configuration, and that this node can open it.", "unavailable",
     false},
    {FailureCode::kRoomRefusedToken, "room_refused_token",
     "livekit-server refused the access token",
     "Check that api_key and api_secret are those of livekit-server, and the clocks of both.",
     "permission_denied", false},
    {FailureCode::kRoomCertificateRefused, "room_certificate_refused",
     "the certificate of livekit-server is not believed",
     "Give livekit-server a certificate for the name in ws_url, or name the file of its authority "
     "in "
     "tls.ca_cert_file.",
     "unavailable", false},
    {FailureCode::kRoomNotFound, "room_not_found", "the room does not exist",
     "Create the room first, or set room.auto_create in livekit-server.", "not_found", false},
    {FailureCode::kRoomRefusedParticipant, "room_refused_participant",
     "livekit-server did not let the participant into the room",
     "Check whether the room is full (max_participants), then look at livekit-server's log.",
     "not_acceptable", false},
    {FailureCode::kRoomLacksCodec, "room_lacks_codec",
     "the room does not allow a codec that the ingress can send",
     "Enable H.264 or VP8, and Opus, in the room's codecs.", "not_acceptable", false},
    {FailureCode::kRoomClosed, "room_closed", "room disconnected: the room was closed",
     "Connect again to reopen it.", "not_acceptable", false},
    {FailureCode::kParticipantRemoved, "participant_removed",
     "room disconnected: the participant was removed from the room",
     "Connect again when the stream is welcome.", "not_acceptable", false},
    {FailureCode::kDuplicateIdentity, "duplicate_identity",
     "room disconnected: another participant joined with the same identity",
     "Stop the other encoder, or give each ingress a participant identity of its own.",
     "not_acceptable", false},
    {FailureCode::kRoomServerShutdown, "room_server_shutdown",
     "room disconnected: livekit-server is shutting down", "Connect again.", "not_acceptable",
     false},
    {FailureCode::kRoomConnectionLost, "room_connection_lost",
     "room disconnected unexpectedly: the connection to livekit-server was lost",
     "Connect again; if it stays, check the network between this node and livekit-server.",
     "unavailable", false},
    {FailureCode::kRoomDisconnected, "room_disconnected", "room disconnected", "Connect again.",
     "not_acceptable", false},

    {FailureCode::kIngressDeleted, "ingress_deleted", "the ingress was deleted",
     "Create a new ingress and use its stream key.", "not_found", true},
    {FailureCode::kIngressUpdated, "ingress_updated", "the ingress was changed",
     "Connect again; the new settings apply then.", "canceled", true},
    {FailureCode::kTakenOver, "taken_over", "another encoder took this stream key over",
     "Use a stream key for one encoder at a time.", "already_exists", true},
    {FailureCode::kEndedByOperator, "ended_by_operator", "an operator of the node ended the stream",
     "Ask the operator, then connect again.", "canceled", true},

    {FailureCode::kInternal, "internal", "internal error",
     "Connect again; please report it with the node's log.", "internal", false},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<std::size_t>(kCatalogue.at(i).code) != i) return false;
  }
  return kCatalogue.size() == static_cast<std::size_t>(FailureCode::kInternal) + 1;
}
static_assert(InOrder(), "the catalogue is indexed by code");

std::string TwoDecimals(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] =
      std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::fixed, 2);
  return error == std::errc{} ? std::string(buffer.data(), end) : "?";
}

/// The words say whose certificate it is, and why it is not believed; the steps that led there do
/// not help.
Failure CertificateFailure(std::string_view words) {
  constexpr std::string_view kStep = "tls: ";
  if (const std::size_t at = words.find(kStep); at != std::string_view::npos) {
    words.remove_prefix(at + kStep.size());
  }
  return Failure(FailureCode::kRoomCertificateRefused, words,
                 Traits(FailureCode::kRoomCertificateRefused).remedy);
}

}  // namespace

const FailureTraits& Traits(FailureCode code) {
  return kCatalogue.at(static_cast<std::size_t>(code));
}

std::span<const FailureTraits> AllFailures() { return kCatalogue; }

std::optional<FailureCode> FailureCodeOf(std::uint32_t number) {
  return number < kCatalogue.size() ? std::optional(static_cast<FailureCode>(number))
                                    : std::nullopt;
}

Failure::Failure(FailureCode code, std::string_view detail)
    : code_(code), cause_(Traits(code).cause), remedy_(Traits(code).remedy) {
  if (!detail.empty() && !cause_.contains(detail))
    cause_ += " (" + PrintableUtf8(detail, kMaxDetailBytes) + ")";
}

Failure::Failure(FailureCode code, std::string_view cause, std::string_view remedy)
    : code_(code),
      cause_(PrintableUtf8(cause, kMaxTextBytes)),
      remedy_(PrintableUtf8(remedy, kMaxTextBytes)) {}

std::string Failure::Message() const { return cause_ + ". " + remedy_; }

Failure WrongInputFailure(InputKind via) {
  return Failure(
      FailureCode::kWrongInputType,
      "invalid ingress type: this ingress does not take " + std::string(Traits(via).protocol),
      "Use the address that belongs to the ingress, or create " + std::string(Traits(via).ingress) +
          ".");
}

Failure ProtocolErrorFailure(InputKind via, std::string_view detail) {
  std::string cause = "the encoder broke the " + std::string(Traits(via).protocol) + " protocol";
  if (!detail.empty()) cause += " (" + PrintableUtf8(detail, Failure::kMaxDetailBytes) + ")";
  return Failure(FailureCode::kProtocolError, cause, Traits(FailureCode::kProtocolError).remedy);
}

Failure NoCapacityFailure(InputKind via, double needed, double free, double cores) {
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: a stream needs " + TwoDecimals(needed) +
                     " cores, but " + TwoDecimals(std::max(free, 0.0)) + " of " +
                     TwoDecimals(cores) + " are free",
                 "Add an ingress node, try again when a stream has ended, or lower " +
                     std::string(Traits(via).cost_key) + " if streams need less here.");
}

Failure NodeBusyFailure(double idle, double cores) {
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: only " + TwoDecimals(idle) + " of " +
                     TwoDecimals(cores) + " cores are idle",
                 "Stop what else runs on this node, add an ingress node, or lower "
                 "cpu_cost.min_idle_ratio.");
}

Failure NoMemoryFailure(std::uint64_t needed, std::int64_t free) {
  constexpr std::int64_t kMegabyte = 1 << 20;
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: a stream needs " +
                     std::to_string(static_cast<std::int64_t>(needed) / kMegabyte) +
                     " MB of memory, but " +
                     std::to_string(std::max<std::int64_t>(free, 0) / kMegabyte) + " are free",
                 "Add an ingress node, give this one more memory, or try again when a stream has "
                 "ended.");
}

Failure TooManySessionsFailure(std::size_t limit) {
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: " + std::to_string(limit) +
                     " streams run, and this node may run no more",
                 "Add an ingress node, try again when a stream has ended, or raise max_sessions.");
}

Failure TooManyPublishesFailure() {
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: too many encoders connect at the same moment",
                 "Connect again in some seconds.");
}

Failure TooManyPublishesOfKeyFailure() {
  return Failure(
      FailureCode::kNoCapacity,
      "server capacity exceeded: too many encoders try this stream key at the same moment",
      "Use a stream key for one encoder at a time, and connect again in some seconds.");
}

Failure EncoderLeftFailure() {
  return Failure(FailureCode::kNoCapacity,
                 "server capacity exceeded: the connection ended while the publish waited",
                 "Connect again in some seconds.");
}

Failure ParticipantInUseFailure(std::string_view identity, std::string_view room) {
  return Failure(FailureCode::kDuplicateIdentity,
                 "another ingress with the participant identity \"" + std::string(identity) +
                     "\" is live in the room \"" + std::string(room) + "\"",
                 Traits(FailureCode::kDuplicateIdentity).remedy);
}

Failure LookupFailure(std::string_view psrpc_code, bool bus_away) {
  if (bus_away) return Failure(FailureCode::kRedisUnreachable);
  if (psrpc_code == "not_found") return Failure(FailureCode::kUnknownStreamKey);
  return Failure(FailureCode::kControlPlaneUnreachable);
}

Failure RoomFailure(const Error& error) {
  switch (error.code) {
    case ErrorCode::kCertificate:
      return CertificateFailure(error.context);
    case ErrorCode::kUnauthorized:
      return Failure(FailureCode::kRoomRefusedToken, error.context);
    case ErrorCode::kNotFound:
      return Failure(FailureCode::kRoomNotFound, error.context);
    case ErrorCode::kConflict:
      return Failure(FailureCode::kRoomRefusedParticipant, error.context);
    case ErrorCode::kUnsupported:
      return Failure(FailureCode::kRoomLacksCodec, error.context);
    case ErrorCode::kInternal:
      return Failure(FailureCode::kInternal, error.context);
    default:
      return Failure(FailureCode::kRoomUnreachable, error.context);
  }
}

Failure DisconnectFailure(::livekit::DisconnectReason reason, std::string_view detail) {
  switch (reason) {
    // Somebody decided so; the reason says it in full.
    case ::livekit::DUPLICATE_IDENTITY:
      return Failure(FailureCode::kDuplicateIdentity);
    case ::livekit::PARTICIPANT_REMOVED:
      return Failure(FailureCode::kParticipantRemoved);
    case ::livekit::ROOM_DELETED:
      return Failure(FailureCode::kRoomClosed, "room disconnected: the room was deleted",
                     Traits(FailureCode::kRoomClosed).remedy);
    case ::livekit::ROOM_CLOSED:
      return Failure(FailureCode::kRoomClosed);
    case ::livekit::SERVER_SHUTDOWN:
      return Failure(FailureCode::kRoomServerShutdown);
    case ::livekit::JOIN_FAILURE:
    case ::livekit::SIGNAL_CLOSE:
    case ::livekit::STATE_MISMATCH:
    case ::livekit::CONNECTION_TIMEOUT:
    case ::livekit::MEDIA_FAILURE:
      return Failure(FailureCode::kRoomConnectionLost, detail);
    default:
      return Failure(FailureCode::kRoomDisconnected, detail);
  }
}

std::string_view PublishStatusLabel(std::optional<FailureCode> failure) {
  // psrpc codes whose HTTP status is 400 to 499; the Go service counts all others as internal.
  constexpr std::array<std::string_view, 12> kClientErrors = {
      "malformed_request",   "invalid_argument",  "not_found",       "not_acceptable",
      "already_exists",      "permission_denied", "aborted",         "resource_exhausted",
      "failed_precondition", "out_of_range",      "unauthenticated", "unprocessable_entity"};
  if (!failure) return "success";
  const bool client =
      std::ranges::find(kClientErrors, Traits(*failure).psrpc_code) != kClientErrors.end();
  return client ? "4xx" : "internal";
}

}  // namespace ingress
