#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "dial/http_reply.h"

namespace ingress::service {

/// What became of asking livekit-server whether a participant with a token of ours may join.
enum class SfuState : std::uint8_t {
  kUntried,
  kReady,
  kUnreachable,  // no connection
  kSilent,       // a connection, and no answer in time
  kRefused,      // it cannot serve now
  kNotLiveKit,   // something else answers
  kCertificate,  // it shows a certificate that is not believed
  kToken,        // it does not know our key or secret
  kClock,        // it takes our tokens for expired, or for not valid yet
};

inline constexpr std::size_t kSfuStates = 9;

/// Stable names, for the metric's label.
std::string_view ToString(SfuState state);

struct SfuVerdict {
  SfuState state = SfuState::kUntried;
  std::string cause = {};  // for people, without secrets; empty when ready
  std::string remedy = {};
  std::optional<std::chrono::seconds> clock_offset = {};  // ours minus the server's
};

/// What an answer of /rtc/validate at `now` means. `token`: the one that was sent, to be left out
/// of what is quoted.
SfuVerdict JudgeReply(const dial::HttpReply& reply, std::string_view token, WallTime now);

/// What the lack of an answer means.
SfuVerdict JudgeError(const Error& error);

}  // namespace ingress::service
