#include "stream/timestamp.h"

#include <algorithm>

namespace ingress::stream {

std::int64_t TicksBetween(const Timestamp& from, const Timestamp& to) {
  // Shifted up and back, the difference has the sign of its highest bit.
  const int unused = 64 - to.clock.bits;
  const auto step = static_cast<std::int64_t>((to.ticks - from.ticks) << unused) >> unused;
  if (to.clock.short_bits == 0) return step;
  const std::int64_t range = std::int64_t{1} << to.clock.short_bits;
  if (step < -range / 2) return step + range;
  if (step > range / 2) return step - range;
  return step;
}

SessionTime ToTime(std::int64_t ticks, std::uint32_t rate) {
  // Numbers of 64 bits may be more seconds than nanoseconds can say.
  constexpr std::int64_t kMaxSeconds = std::int64_t{1} << 33;
  const auto per_second = static_cast<std::int64_t>(rate);
  const std::int64_t seconds = std::clamp(ticks / per_second, -kMaxSeconds, kMaxSeconds);
  return std::chrono::seconds(seconds) +
         SessionTime(ticks % per_second * std::nano::den / per_second);
}

SessionTime ToTime(const Timestamp& timestamp) {
  return ToTime(static_cast<std::int64_t>(timestamp.ticks), timestamp.clock.rate);
}

}  // namespace ingress::stream
