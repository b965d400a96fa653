#pragma once

#include <cstddef>
#include <map>
#include <mutex>

#include "base/clock.h"

namespace ingress::media {

/// Measures how long pictures take from one end of the transcoder to the other. Any thread.
class LagMeter {
 public:
  static constexpr std::size_t kMaxPictures = 2048;  // on their way; beyond it, none is noted

  void Started(SessionTime pts, TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (started_.size() < kMaxPictures) started_[pts] = now;
  }

  /// A picture came out, in presentation order: those before it never will.
  void Finished(SessionTime pts, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = started_.find(pts);
    if (found != started_.end()) lag_ = now - found->second;
    started_.erase(started_.begin(), started_.upper_bound(pts));
  }

  /// Of the last picture that came out; zero before the first.
  Clock::duration lag() const {
    const std::lock_guard lock(mutex_);
    return lag_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<SessionTime, TimePoint> started_;
  Clock::duration lag_{};
};

}  // namespace ingress::media
