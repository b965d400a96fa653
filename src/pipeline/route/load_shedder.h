#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace ingress::pipeline {

/// The steps that save work, in this order, when the machine does not keep up with transcoding.
/// Each includes the ones before it.
enum class Shedding : std::uint8_t {
  kNothing,
  kLowerLayers,  // only the highest wanted layer is encoded; the SFU serves it to everybody
  kFrameRate,    // every second picture
  kSize,         // the layer below the highest wanted one in its place
};

std::string_view ToString(Shedding shedding);

/// Bounds the delay of transcoding on a machine that has too little processor time for it.
///
/// A backlog is never worked off in order: late pictures are left out at once, so the delay always
/// returns to its floor. When that happens repeatedly, work is given up step by step, and resumed
/// after a time with spare capacity; a step that was resumed too early is tried again later and
/// later. Sans-IO.
class LoadShedder {
 public:
  /// A backlog of this much beyond the floor is left out.
  static constexpr std::chrono::milliseconds kLate{250};
  /// One more step is taken when a backlog was left out kOften times within kTrouble, or when the
  /// lag stays above kStrained for kTrouble.
  static constexpr int kOften = 2;
  static constexpr std::chrono::milliseconds kStrained{140};
  static constexpr std::chrono::milliseconds kTrouble{1500};
  /// The time that a backlog needs to disappear before it is measured again.
  static constexpr std::chrono::milliseconds kPause{400};
  /// One step is taken back after the lag was below kEasy for the recovery time, and not above
  /// kStrained meanwhile.
  static constexpr std::chrono::milliseconds kEasy{70};
  static constexpr std::chrono::seconds kRecovery{4};
  static constexpr std::chrono::seconds kMaxRecovery{64};
  /// The most time that counts between two updates: a pause of the source says nothing.
  static constexpr std::chrono::milliseconds kLongestStep{500};
  static constexpr std::chrono::seconds kForgets{30};
  /// The floor is the least lag over at least this time.
  static constexpr std::chrono::seconds kFloorWindow{20};

  /// `lag`: from the push of a picture to its coming out, by what was pushed or came out since the
  /// last call. Call it with new evidence only, every few tens of milliseconds. True: leave out
  /// what is waiting.
  bool Update(Clock::duration lag, TimePoint now);

  /// The transcoder was started anew: its floor may differ. What was learnt of the machine is
  /// forgotten when no transcoder ran for kForgets.
  void Restart(TimePoint now);

  Shedding shedding() const { return shedding_; }
  std::uint64_t backlogs() const { return backlogs_; }

 private:
  void UpdateFloor(Clock::duration lag, TimePoint now);
  void Count(Clock::duration behind, TimePoint now);
  void Worsen(TimePoint now);
  void Improve(TimePoint now);

  Shedding shedding_ = Shedding::kNothing;
  std::uint64_t backlogs_ = 0;

  std::optional<Clock::duration> floor_;
  Clock::duration window_floor_ = Clock::duration::max();
  TimePoint window_start_{};

  TimePoint last_backlog_{};
  TimePoint trouble_since_{};
  int recent_backlogs_ = 0;
  std::optional<TimePoint> judged_at_;
  Clock::duration strained_for_{};
  Clock::duration easy_for_{};
  TimePoint improved_at_{};
  std::chrono::seconds recovery_ = kRecovery;
};

}  // namespace ingress::pipeline
