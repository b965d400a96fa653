#include "rtp/ntp.h"

#include <algorithm>
#include <limits>

namespace ingress::rtp {
namespace {

constexpr std::uint64_t kUnixEpoch = 2'208'988'800;  // 1970-01-01 in seconds since 1900-01-01
constexpr std::uint64_t kNanos = 1'000'000'000;

}  // namespace

NtpTime ToNtp(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count();
  const auto seconds = static_cast<std::uint64_t>(whole.time_since_epoch().count()) + kUnixEpoch;
  return {seconds << 32 | (static_cast<std::uint64_t>(nanos) << 32) / kNanos};
}

std::uint32_t ToCompactNtp(std::chrono::nanoseconds duration) {
  constexpr std::chrono::nanoseconds kLargest = std::chrono::seconds(65536);
  if (duration <= duration.zero()) return 0;
  if (duration >= kLargest) return std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(duration.count()) << 16) / kNanos);
}

std::chrono::nanoseconds FromCompactNtp(std::uint32_t duration) {
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>((std::uint64_t{duration} * kNanos) >> 16));
}

}  // namespace ingress::rtp
