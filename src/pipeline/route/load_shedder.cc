#include "pipeline/route/load_shedder.h"

#include <algorithm>

namespace ingress::pipeline {

std::string_view ToString(Shedding shedding) {
  switch (shedding) {
    case Shedding::kNothing:
      return "nothing";
    case Shedding::kLowerLayers:
      return "lower layers";
    case Shedding::kFrameRate:
      return "frame rate";
    case Shedding::kSize:
      return "size";
  }
  return "unknown";
}

void LoadShedder::Restart(TimePoint now) {
  if (judged_at_ && now - *judged_at_ >= kForgets) {
    shedding_ = Shedding::kNothing;
    recovery_ = kRecovery;
  }
  floor_.reset();
  window_floor_ = Clock::duration::max();
  window_start_ = {};
  strained_for_ = easy_for_ = {};
}

/// Adds the time since the last judgement to what this one says. Between kEasy and kStrained a lag
/// says neither.
void LoadShedder::Count(Clock::duration behind, TimePoint now) {
  const Clock::duration step =
      judged_at_ ? std::min<Clock::duration>(now - *judged_at_, kLongestStep) : Clock::duration{};
  judged_at_ = now;
  if (behind > kStrained) {
    strained_for_ += step;
    easy_for_ = {};
    return;
  }
  strained_for_ = {};
  if (behind <= kEasy) easy_for_ += step;
}

bool LoadShedder::Update(Clock::duration lag, TimePoint now) {
  UpdateFloor(lag, now);
  const Clock::duration behind = lag - *floor_;
  Count(behind, now);
  if (easy_for_ >= recovery_) Improve(now);
  if (strained_for_ >= kTrouble) Worsen(now);
  if (behind < kLate || now - last_backlog_ < kPause) return false;
  if (now - trouble_since_ > kTrouble) {
    trouble_since_ = now;
    recent_backlogs_ = 0;
  }
  last_backlog_ = now;
  ++backlogs_;
  if (++recent_backlogs_ >= kOften) Worsen(now);
  return true;
}

void LoadShedder::UpdateFloor(Clock::duration lag, TimePoint now) {
  if (!floor_) floor_ = lag;
  floor_ = std::min(*floor_, lag);
  window_floor_ = std::min(window_floor_, lag);
  if (window_start_ == TimePoint{}) window_start_ = now;
  if (now - window_start_ < kFloorWindow) return;
  floor_ = window_floor_;
  window_floor_ = lag;
  window_start_ = now;
}

void LoadShedder::Worsen(TimePoint now) {
  strained_for_ = {};
  recent_backlogs_ = 0;
  if (shedding_ == Shedding::kSize) return;
  shedding_ = static_cast<Shedding>(static_cast<int>(shedding_) + 1);
  // What was just taken up again was too much.
  if (now - improved_at_ < recovery_) recovery_ = std::min(recovery_ * 2, kMaxRecovery);
}

void LoadShedder::Improve(TimePoint now) {
  easy_for_ = {};
  if (shedding_ == Shedding::kNothing) {
    if (now - improved_at_ > 2 * kMaxRecovery) recovery_ = kRecovery;
    return;
  }
  shedding_ = static_cast<Shedding>(static_cast<int>(shedding_) - 1);
  improved_at_ = now;
}

}  // namespace ingress::pipeline
