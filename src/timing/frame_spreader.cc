#include "timing/frame_spreader.h"

#include <algorithm>
#include <utility>

namespace ingress {

SessionTime FrameSpreader::Place(SessionTime media, SessionTime duration,
                                 std::optional<SessionTime> due) {
  const SessionTime passed = std::exchange(duration_, duration);
  if (!started_ || passed <= SessionTime{0} || duration <= SessionTime{0}) return Restart(media);
  count_ += passed;
  SessionTime ahead = media - count_;
  const SessionTime most = range().most;
  if (ahead - most > kHole) {
    count_ += ahead - most;
    ahead = most;
  } else if (most - ahead > kMaxSpread) {
    return Restart(media);
  }
  Note(ahead);
  const Range seen = range();
  Follow(seen.most - seen.least > kJitter ? seen.most : ahead, passed);
  const bool spread = count_ + offset_ > media;
  if (due && spread) Limit(std::max<SessionTime>(media, *due + kMaxEarly - duration));
  return count_ + offset_;
}

SessionTime FrameSpreader::bunch() const {
  const SessionTime spread = range().most - range().least;
  return spread > kJitter ? spread : SessionTime{0};
}

void FrameSpreader::Range::Include(const Range& other) {
  least = std::min(least, other.least);
  most = std::max(most, other.most);
}

SessionTime FrameSpreader::Restart(SessionTime media) {
  started_ = true;
  count_ = window_from_ = media;
  offset_ = {};
  limited_at_.reset();
  window_ = {};
  before_.reset();
  return media;
}

void FrameSpreader::Note(SessionTime ahead) {
  const Range now{.least = ahead, .most = ahead};
  if (count_ - window_from_ < kWindow) return window_.Include(now);
  before_ = std::exchange(window_, now);
  window_from_ = count_;
}

FrameSpreader::Range FrameSpreader::range() const {
  Range range = window_;
  if (before_) range.Include(*before_);
  return range;
}

/// Moves the offset: at once within the jitter and over what may be jitter of a bunch's start,
/// otherwise slowly.
void FrameSpreader::Follow(SessionTime target, SessionTime passed) {
  const SessionTime off = target - offset_;
  if (off > SessionTime{0} && limited_at_ && count_ - *limited_at_ < 2 * kWindow) return;
  const auto step =
      SessionTime(static_cast<SessionTime::rep>(static_cast<double>(passed.count()) * kMaxSlew));
  offset_ += off >= -kJitter && off <= kHole ? off : std::clamp(off, -step, step);
}

void FrameSpreader::Limit(SessionTime latest) {
  if (count_ + offset_ + kNearLimit < latest) return;
  offset_ = std::min(offset_, latest - count_);
  limited_at_ = count_;
}

}  // namespace ingress
