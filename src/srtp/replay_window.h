#pragma once

#include <cstdint>

namespace ingress::srtp {

/// Which of the last packets have been seen, by their index (RFC 3711 §3.3.2).
///
/// Two steps, as only an authenticated packet may move the window.
class ReplayWindow {
 public:
  static constexpr std::uint64_t kSize = 64;  // packets, the least that the RFC allows

  /// Whether `index` is new, and not too old to tell.
  bool Accepts(std::uint64_t index) const {
    if (index >= next_) return true;
    const std::uint64_t age = next_ - 1 - index;
    return age < kSize && (seen_ >> age & 1) == 0;
  }

  /// Remembers an index that Accepts().
  void Insert(std::uint64_t index) {
    if (index >= next_) {
      const std::uint64_t steps = index + 1 - next_;
      seen_ = steps < kSize ? seen_ << steps : 0;
      next_ = index + 1;
    }
    seen_ |= std::uint64_t{1} << (next_ - 1 - index);
  }

 private:
  std::uint64_t next_ = 0;  // one above the newest
  std::uint64_t seen_ = 0;  // bit 0: the newest
};

}  // namespace ingress::srtp
