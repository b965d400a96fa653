#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>

#include "base/clock.h"

namespace ingress::handler {

/// How far the transcoder's output is behind its input, judged by the largest layer it makes.
///
/// Sans-IO. A picture of which nothing came yet counts with its age when the newest was pushed, so
/// that a transcoder that stands still shows as well, and a source that does not is none.
class TranscodeLag {
 public:
  static constexpr std::size_t kMaxPictures = 1024;

  void Clear() { waiting_.clear(); }

  void OnPushed(SessionTime pts, TimePoint now) {
    if (waiting_.size() >= kMaxPictures) waiting_.erase(waiting_.begin());
    waiting_.emplace(pts, now);
    newest_push_ = now;
  }

  /// A picture came out: earlier ones never will.
  void OnFrame(SessionTime pts, TimePoint now) {
    const auto found = waiting_.find(pts);
    if (found != waiting_.end()) last_ = now - found->second;
    waiting_.erase(waiting_.begin(), waiting_.upper_bound(pts));
  }

  Clock::duration Get() const {
    // In presentation order the first; which of the waiting is the oldest does not matter much.
    return waiting_.empty() ? last_ : std::max(last_, newest_push_ - waiting_.begin()->second);
  }

 private:
  std::map<SessionTime, TimePoint> waiting_;
  TimePoint newest_push_{};
  Clock::duration last_{};
};

}  // namespace ingress::handler
