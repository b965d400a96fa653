#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>

#include "base/clock.h"

namespace ingress::pipeline {

/// Measures how far the transcoder's output is behind its input, by the largest layer it makes.
///
/// Pictures are pushed in decoding order and come out in presentation order, so the n-th to come
/// out is held against the n-th that was pushed: of a stream with B-frames every picture is then as
/// late as the reordering is deep, and not each by another measure. A picture of which nothing came
/// yet counts with its age when the newest was pushed, so that a transcoder that stands still shows
/// as well. Time in which the source pushed nothing is no lag: a pause between two pushes counts
/// for no more than the usual distance of pictures allows. Sans-IO.
class TranscodeLag {
 public:
  static constexpr std::size_t kMaxPictures = 1024;
  /// A pause between two pushes counts for so many usual distances, and for kLeastPause at least.
  static constexpr int kUnusual = 2;
  static constexpr std::chrono::milliseconds kLeastPause{50};

  /// What was pushed is no longer waited for.
  void Clear() {
    waiting_.clear();
    pushed_.clear();
    came_out_.reset();
    judged_ = {};
  }

  void OnPushed(SessionTime pts, TimePoint now) {
    if (newest_push_) AdvanceActive(now - *newest_push_);
    newest_push_ = now;
    if (waiting_.size() >= kMaxPictures) Forget(1);
    waiting_.insert(pts);
    pushed_.push_back(active_);
    pushed_since_ = true;
  }

  /// A picture came out: earlier ones never will.
  void OnFrame(SessionTime pts, TimePoint now) {
    const auto end = waiting_.upper_bound(pts);
    const auto count = static_cast<std::size_t>(std::distance(waiting_.begin(), end));
    if (count == 0) return;
    const bool known = *std::prev(end) == pts;
    const Clock::duration lag = active_ - pushed_[count - 1] + (now - *newest_push_);
    Forget(count);
    if (known) came_out_ = lag;
  }

  /// The lag by what was pushed or came out since the last call; empty where that says nothing
  /// new. Pushes alone say something only when what waits is older by then than the lag that was
  /// known.
  std::optional<Clock::duration> Take() {
    const Clock::duration age = pushed_.empty() ? Clock::duration{} : active_ - pushed_.front();
    const bool grown = pushed_since_ && age > judged_;
    pushed_since_ = false;
    if (!came_out_ && !grown) return std::nullopt;
    judged_ = std::max(came_out_.value_or(Clock::duration{}), age);
    came_out_.reset();
    return judged_;
  }

 private:
  static constexpr int kSmoothing = 16;
  static constexpr Clock::duration kLongestDistance = std::chrono::seconds(1);

  void AdvanceActive(Clock::duration pause) {
    active_ += std::min(pause, std::max<Clock::duration>(kLeastPause, kUnusual * usual_));
    usual_ += (std::min(pause, kLongestDistance) - usual_) / kSmoothing;
  }

  void Forget(std::size_t count) {
    waiting_.erase(waiting_.begin(), std::next(waiting_.begin(), static_cast<long>(count)));
    pushed_.erase(pushed_.begin(), pushed_.begin() + static_cast<long>(count));
  }

  std::multiset<SessionTime> waiting_;  // presentation times
  std::deque<Clock::duration> pushed_;  // as many times of pushing, by active_
  Clock::duration active_{};            // time that passed while pictures were pushed
  Clock::duration usual_{};             // distance of two pushes
  std::optional<TimePoint> newest_push_;
  bool pushed_since_ = false;                // the last Take()
  std::optional<Clock::duration> came_out_;  // lag of the newest picture out since the last Take()
  Clock::duration judged_{};                 // as Take() last said
};

}  // namespace ingress::pipeline
