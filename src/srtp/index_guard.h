#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace ingress::srtp {

/// Sees to it that no two different packets leave under one index: they would share a key stream,
/// and with GCM give the authentication key away (RFC 3711 §9.1, RFC 7714 §10.1).
///
/// A packet is known by the tag that it was sealed with, which depends on all of it. 32 bits of it
/// are kept: what is guarded against is a mistake of ours, which would not happen once.
class IndexGuard {
 public:
  /// As many packets as rtp::NackHistory keeps: what it has forgotten is not sent again.
  static constexpr std::uint64_t kRemembered = 2048;

  enum class Verdict : std::uint8_t {
    kNew,
    kRepeat,     // the same packet as before
    kDifferent,  // another one has this index; must not leave
    kTooOld,     // not known whether one has; must not leave
  };

  /// The highest index so far; empty before the first.
  std::optional<std::uint64_t> newest() const { return newest_; }

  /// Remembers a packet that may leave. `tag`: a part of what authenticates it.
  Verdict Judge(std::uint64_t index, std::uint32_t tag) {
    const std::uint32_t mark = std::max(tag, kFirstMark);
    if (!newest_) marks_.assign(kRemembered, kUnused);
    if (newest_ && index <= *newest_) {
      if (*newest_ - index >= kRemembered) return Verdict::kTooOld;
      std::uint32_t& known = MarkOf(index);
      if (known == mark) return Verdict::kRepeat;
      if (known != kUnused) return Verdict::kDifferent;
      known = mark;
      return Verdict::kNew;
    }
    ForgetUpTo(index);
    MarkOf(index) = mark;
    newest_ = index;
    return Verdict::kNew;
  }

 private:
  static constexpr std::uint32_t kUnused = 0;
  static constexpr std::uint32_t kFirstMark = 1;

  std::uint32_t& MarkOf(std::uint64_t index) {
    return marks_[static_cast<std::size_t>(index % kRemembered)];
  }

  /// Indices that were jumped over have had no packet.
  void ForgetUpTo(std::uint64_t index) {
    if (!newest_) return;
    const std::uint64_t from = std::max(*newest_ + 1, index - std::min(index, kRemembered));
    for (std::uint64_t skipped = from; skipped < index; ++skipped) MarkOf(skipped) = kUnused;
  }

  std::vector<std::uint32_t> marks_;  // by index, a ring
  std::optional<std::uint64_t> newest_;
};

}  // namespace ingress::srtp
