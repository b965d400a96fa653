#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "rtmp/limits.h"

namespace ingress::rtmp {

/// Says when the peer is owed an Acknowledgement (Adobe RTMP 1.0 §5.4.3).
class AckWindow {
 public:
  /// The peer's Window Acknowledgement Size, in bytes.
  void SetSize(std::uint32_t size) { size_ = std::max(size, kMinPeerWindowAckSize); }

  /// Counts received bytes; returns the sequence number to acknowledge when one is due.
  std::optional<std::uint32_t> OnReceived(std::size_t bytes) {
    since_last_ += bytes;
    total_ += bytes;
    // FMLE stops sending when the number gets near 2^32; nginx-rtmp restarts here, too.
    if (total_ >= kRestartAt) total_ -= kRestartAt;
    if (since_last_ < size_) return std::nullopt;
    since_last_ = 0;
    return static_cast<std::uint32_t>(total_);
  }

 private:
  static constexpr std::uint64_t kRestartAt = 0xF0000000;

  std::uint32_t size_ = kOurWindowAckSize;  // also when the peer never names one
  std::uint64_t total_ = 0;
  std::uint64_t since_last_ = 0;
};

}  // namespace ingress::rtmp
