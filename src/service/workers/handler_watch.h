#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::service {

/// Tells a handler that hangs from one that is starved: it says a word every second.
///
/// Time in which nobody looked does not count: who was stopped as a whole (a paused container, a
/// debugger, a virtual machine that was frozen) had its handlers stopped with it.
///
/// Sans-IO: the caller looks the process up (proc(5)), which costs tens of microseconds, and does
/// it only for one that is overdue.
class HandlerWatch {
 public:
  static constexpr std::chrono::milliseconds kOverdue{1200};
  static constexpr std::chrono::milliseconds kSilence{2200};
  static constexpr std::chrono::milliseconds kSpinning{700};  // of processor time while overdue
  static constexpr std::chrono::seconds kStarved{10};
  static constexpr std::chrono::milliseconds kOwnLapse{1000};  // between two looks

  /// What the main thread of the process does.
  struct Look {
    /// It uses a processor, waits for one, or for a disk (states R and D).
    bool wants_to_run = false;
    std::chrono::milliseconds processor_time{0};  // used since its start
  };

  explicit HandlerWatch(TimePoint now) : last_word_(now) {}

  void OnWord(TimePoint now) { last_word_ = now; }
  std::chrono::milliseconds silence(TimePoint now) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - last_word_);
  }

  /// Whether to look it up, and to ask Hangs(). To be asked a few times a second.
  bool Overdue(TimePoint now) {
    if (last_look_ && now - *last_look_ > kOwnLapse) last_word_ = now;
    last_look_ = now;
    return now - last_word_ >= kOverdue;
  }

  /// Whether it should be given up, being overdue.
  bool Hangs(const Look& look, TimePoint now) {
    if (last_word_ != judged_word_) {  // it has spoken since it was overdue last
      judged_word_ = last_word_;
      used_then_ = look.processor_time;
    }
    if (now - last_word_ < kSilence) return false;
    if (!look.wants_to_run || now - last_word_ >= kStarved) return true;
    return look.processor_time - used_then_ >= kSpinning;
  }

 private:
  TimePoint last_word_;
  TimePoint judged_word_{};
  std::optional<TimePoint> last_look_;      // of the caller, at the time
  std::chrono::milliseconds used_then_{0};  // when it was found overdue
};

}  // namespace ingress::service
