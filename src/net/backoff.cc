#include "net/backoff.h"

#include <algorithm>
#include <limits>

namespace ingress::net {

std::chrono::milliseconds Backoff::Next(std::uint32_t random) {
  const double chance = static_cast<double>(random) / std::numeric_limits<std::uint32_t>::max();
  const double scale = 1 - options_.jitter * chance;
  const std::chrono::duration<double, std::milli> delay = current_ * scale;
  const std::chrono::duration<double, std::milli> grown = current_ * options_.factor;
  const std::chrono::duration<double, std::milli> max = options_.max;
  current_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(grown, max));
  ++attempts_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::min(delay, max));
}

void Backoff::Reset() {
  current_ = options_.initial;
  attempts_ = 0;
}

}  // namespace ingress::net
