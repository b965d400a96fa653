#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::rtp_receive {

/// Decides when a sender is asked for a key frame (PLI, FIR), and learns whether it answers.
///
/// A key frame that is wanted is asked for until one comes, kSpacing apart, and not within kSpacing
/// after one. When none has come for kAnswerWithin, that was an attempt in vain; after kAttempts of
/// them in a row the sender counts as unresponsive, and is asked every kUnresponsiveSpacing only.
/// Sans-IO.
class KeyFrameRequester {
 public:
  static constexpr std::chrono::milliseconds kSpacing{500};
  static constexpr std::chrono::seconds kAnswerWithin{2};
  static constexpr int kAttempts = 3;
  static constexpr std::chrono::seconds kUnresponsiveSpacing{10};

  /// A key frame is needed.
  void Want() { wanted_ = true; }
  void OnKeyFrame(TimePoint now);

  /// Says whether to ask at `now`; it counts as asked.
  bool TakeDue(TimePoint now);
  /// Says when TakeDue() says yes; max() while nothing is wanted.
  TimePoint deadline() const;

  bool unresponsive() const { return unresponsive_; }
  std::uint64_t sent() const { return sent_; }

 private:
  bool wanted_ = false;
  bool unresponsive_ = false;
  int in_vain_ = 0;                         // attempts in a row
  std::optional<TimePoint> attempt_since_;  // the one that runs
  std::optional<TimePoint> asked_at_;
  std::optional<TimePoint> key_frame_at_;
  std::uint64_t sent_ = 0;
};

}  // namespace ingress::rtp_receive
