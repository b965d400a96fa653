#include "handler/load_shedder.h"

#include <algorithm>

namespace ingress::handler {

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

void LoadShedder::Restart() {
  floor_.reset();
  window_floor_ = Clock::duration::max();
  window_start_ = {};
  strained_since_.reset();
  easy_since_.reset();
}

bool LoadShedder::Update(Clock::duration lag, TimePoint now) {
  UpdateFloor(lag, now);
  const Clock::duration behind = lag - *floor_;
  if (behind > kEasy) easy_since_.reset();
  if (behind > kEasy && !strained_since_) strained_since_ = now;
  if (behind <= kStrained) strained_since_.reset();
  if (behind <= kEasy && !easy_since_) easy_since_ = now;

  if (easy_since_ && now - *easy_since_ >= recovery_) Improve(now);
  if (strained_since_ && now - *strained_since_ >= kTrouble) Worsen(now);
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
  strained_since_.reset();
  recent_backlogs_ = 0;
  if (shedding_ == Shedding::kSize) return;
  shedding_ = static_cast<Shedding>(static_cast<int>(shedding_) + 1);
  // What was just taken up again was too much.
  if (now - improved_at_ < recovery_) recovery_ = std::min(recovery_ * 2, kMaxRecovery);
}

void LoadShedder::Improve(TimePoint now) {
  easy_since_ = now;
  if (shedding_ == Shedding::kNothing) {
    if (now - improved_at_ > 2 * kMaxRecovery) recovery_ = kRecovery;
    return;
  }
  shedding_ = static_cast<Shedding>(static_cast<int>(shedding_) - 1);
  improved_at_ = now;
}

}  // namespace ingress::handler
