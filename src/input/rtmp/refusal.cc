#include "input/rtmp/refusal.h"

#include <array>
#include <cstddef>
#include <string>

namespace ingress::input {
namespace {

// Encoders stop, and show the description, on each of these (measured with FFmpeg, OBS, GStreamer
// and librtmp). BadName blames the key, Denied the ingress, Rejected the stream, Failed us.
constexpr std::string_view kBadName = "NetStream.Publish.BadName";
constexpr std::string_view kDenied = "NetStream.Publish.Denied";
constexpr std::string_view kRejected = "NetStream.Publish.Rejected";
constexpr std::string_view kFailed = "NetStream.Failed";

struct RtmpStatus {
  FailureCode failure;
  std::string_view code;
};

constexpr auto kStatus = std::to_array<RtmpStatus>({
    {FailureCode::kMissingStreamKey, kBadName},
    {FailureCode::kUnknownStreamKey, kBadName},
    {FailureCode::kTooManyWrongKeys, kBadName},
    {FailureCode::kIngressDisabled, kDenied},
    {FailureCode::kWrongInputType, kDenied},
    {FailureCode::kInvalidOptions, kDenied},
    {FailureCode::kNoCapacity, kFailed},
    {FailureCode::kShuttingDown, kFailed},
    {FailureCode::kAlreadyPublishing, kBadName},
    {FailureCode::kControlPlaneUnreachable, kFailed},
    {FailureCode::kRedisUnreachable, kFailed},
    {FailureCode::kHandlerStartFailed, kFailed},
    {FailureCode::kHandlerCrashed, kFailed},
    {FailureCode::kHandlerHung, kFailed},
    {FailureCode::kHandlerOutOfMemory, kFailed},
    {FailureCode::kNodeRestarted, kFailed},
    {FailureCode::kNodeCannotEncode, kFailed},
    {FailureCode::kNoMedia, kRejected},
    {FailureCode::kNoCodecHeaders, kRejected},
    {FailureCode::kCorruptVideo, kRejected},
    {FailureCode::kUnsupportedCodec, kRejected},
    {FailureCode::kVideoTooLarge, kRejected},
    {FailureCode::kPublisherTimedOut, kFailed},
    {FailureCode::kProtocolError, kRejected},
    {FailureCode::kRoomUnreachable, kFailed},
    {FailureCode::kRoomRefusedToken, kFailed},
    {FailureCode::kRoomCertificateRefused, kFailed},
    {FailureCode::kRoomNotFound, kDenied},
    {FailureCode::kRoomRefusedParticipant, kDenied},
    {FailureCode::kRoomLacksCodec, kDenied},
    {FailureCode::kRoomClosed, kDenied},
    {FailureCode::kParticipantRemoved, kDenied},
    {FailureCode::kDuplicateIdentity, kBadName},
    {FailureCode::kRoomServerShutdown, kFailed},
    {FailureCode::kRoomConnectionLost, kFailed},
    {FailureCode::kRoomDisconnected, kFailed},
    {FailureCode::kIngressDeleted, kDenied},
    {FailureCode::kIngressUpdated, kFailed},
    {FailureCode::kTakenOver, kBadName},
    {FailureCode::kEndedByOperator, kDenied},
    {FailureCode::kInternal, kFailed},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kStatus.size(); ++i) {
    if (static_cast<std::size_t>(kStatus.at(i).failure) != i) return false;
  }
  return kStatus.size() == static_cast<std::size_t>(FailureCode::kInternal) + 1;
}
static_assert(InOrder(), "the table is indexed by code, and has every code");

}  // namespace

std::string_view RtmpStatusOf(FailureCode failure) {
  return kStatus.at(static_cast<std::size_t>(failure)).code;
}

rtmp::Refusal RtmpRefusal(const Failure& failure) {
  return {.code = std::string(RtmpStatusOf(failure.code())),
          .description = failure.Message(),
          // It has heard so again and again, and is not to cost more than it must.
          .linger = failure.code() != FailureCode::kTooManyWrongKeys};
}

}  // namespace ingress::input
