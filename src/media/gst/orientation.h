#pragma once

#include <map>
#include <mutex>

#include "base/clock.h"

namespace ingress::media::gst {

/// Records how the pictures are rotated from which presentation time on: found in the coded
/// pictures, asked for where the decoded ones come out. Any thread.
class Orientation {
 public:
  void Set(SessionTime from, int rotation) {
    const std::lock_guard lock(mutex_);
    if (changes_.size() < kMaxChanges) changes_[from] = rotation;
  }

  /// Forgets what was before; times must not run backwards.
  int At(SessionTime pts) {
    const std::lock_guard lock(mutex_);
    while (!changes_.empty() && changes_.begin()->first <= pts) {
      now_ = changes_.begin()->second;
      changes_.erase(changes_.begin());
    }
    return now_;
  }

 private:
  static constexpr std::size_t kMaxChanges = 256;  // between a picture's two ends

  std::mutex mutex_;
  std::map<SessionTime, int> changes_;
  int now_ = 0;
};

}  // namespace ingress::media::gst
