#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace ingress::pipeline {

/// What is given up, in this order, when the machine does not keep up with transcoding. Each step
/// includes the ones before it.
enum class Shedding : std::uint8_t {
  kNothing,
  kLowerLayers,  // only the highest wanted layer is encoded; the SFU serves it to everybody
  kFrameRate,    // every second picture
  kSize,         // the layer below the highest wanted one in its place
};

std::string_view ToString(Shedding shedding);

/// Keeps the delay of transcoding bounded on a machine that has too little time for it.
///
/// A backlog is never worked off in order: pictures that are late are left out at once, so the
/// delay returns to its floor whatever happens. When that has to be done again and again, work is
/// given up step by step, and taken up again when there was room for a while; a step that was taken
/// up too early is tried again later and later. Sans-IO.
class LoadShedder {
 public:
  /// Beyond the floor; a backlog of this much is left out.
  static constexpr std::chrono::milliseconds kLate{250};
  /// One more step when that happened so often within kTrouble, or when the lag stays above
  /// kStrained for kTrouble.
  static constexpr int kOften = 2;
  static constexpr std::chrono::milliseconds kStrained{140};
  static constexpr std::chrono::milliseconds kTrouble{1500};
  /// A backlog needs time to go before it is judged again.
  static constexpr std::chrono::milliseconds kPause{400};
  /// One step back after the lag was below kEasy for so long, and not above kStrained meanwhile.
  static constexpr std::chrono::milliseconds kEasy{70};
  static constexpr std::chrono::seconds kRecovery{4};
  static constexpr std::chrono::seconds kMaxRecovery{64};
  /// Between two judgements counts no more time than this: of a pause of the source nothing is
  /// known.
  static constexpr std::chrono::milliseconds kLongestStep{500};
  static constexpr std::chrono::seconds kForgets{30};
  /// The floor is the least lag of at least so long.
  static constexpr std::chrono::seconds kFloorWindow{20};

  /// `lag`: from the push of a picture to its coming out, by what was pushed or came out since the
  /// last call. Call it with new evidence only, every few tens of milliseconds. True: leave out
  /// what is waiting.
  bool Update(Clock::duration lag, TimePoint now);

  /// The transcoder was started anew: its floor may be another. What was known of the machine is
  /// forgotten when it has not worked for kForgets.
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
