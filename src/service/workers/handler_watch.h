#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace ingress::service {

/// Tells a handler that hangs from one that is starved: it says a word every second.
///
/// Time in which nobody looked does not count: who was stopped as a whole (a paused container, a
/// debugger, a virtual machine that was frozen) had its handlers stopped with it.
///
/// Sans-IO: the caller looks the process up (proc(5)) where this asks for it, which is once after
/// each word and then not before the silence is too long.
class HandlerWatch {
 public:
  static constexpr std::chrono::milliseconds kSilence{2200};
  static constexpr std::chrono::milliseconds kSpinning{1500};  // of processor time while silent
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

  /// Whether it should be given up. To be asked a few times a second.
  bool Hangs(const std::function<Look()>& look, TimePoint now) {
    if (asked_at_ && now - *asked_at_ > kOwnLapse) last_word_ = now;
    asked_at_ = now;
    if (last_word_ != judged_word_) {  // it has spoken since it was looked at
      judged_word_ = last_word_;
      used_then_ = look().processor_time;
    }
    if (now - last_word_ < kSilence) return false;
    if (now - last_word_ >= kStarved) return true;
    const Look seen = look();
    return !seen.wants_to_run || seen.processor_time - used_then_ >= kSpinning;
  }

 private:
  TimePoint last_word_;
  std::optional<TimePoint> judged_word_;
  std::optional<TimePoint> asked_at_;
  std::chrono::milliseconds used_then_{0};  // at the first look after the last word
};

}  // namespace ingress::service
