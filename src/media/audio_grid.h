#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"

namespace ingress::media {

/// Lays decoded audio onto a grid of 20 ms blocks that follows the input's timestamps.
///
/// Time is counted in samples, so the milliseconds of a container do not show. What the count and
/// the timestamps disagree on, beyond jitter, is worked off: a drifting clock by stretching the
/// sound by half a percent, a hole of up to half a second by silence, an overlap of that size by
/// leaving samples out, and anything larger by a jump of the presentation time.
class AudioGrid {
 public:
  static constexpr SessionTime kMaxFilledGap = std::chrono::milliseconds(500);

  struct Block {
    std::vector<float> samples;  // interleaved, kSamplesPerPacket a channel, all within -1 to 1
    SessionTime pts{};
  };

  explicit AudioGrid(int channels) : channels_(static_cast<std::size_t>(channels)) {}

  /// `samples`: interleaved at 48 kHz. `pts`: of the first of them; empty when they just follow on
  /// (they are left out before the first known time).
  void Add(std::span<const float> samples, std::optional<SessionTime> pts);

  /// The next finished block, in order.
  std::optional<Block> Take();

 private:
  SessionTime end() const;  // the time of the next sample
  void Align(SessionTime pts);
  void Follow(SessionTime drift);
  void Jump(SessionTime pts);
  void Append(std::span<const float> samples);
  void AppendStretched(std::span<const float> samples);
  void AppendSilence(std::size_t frames);
  void CutBlocks();

  std::size_t channels_;
  std::optional<SessionTime> origin_;  // where samples_ counts from
  std::int64_t frames_ = 0;            // samples a channel since the origin
  std::vector<float> pending_;         // less than a block
  SessionTime pending_pts_{};
  std::size_t frames_to_skip_ = 0;  // an overlap being left out
  double smooth_drift_ = 0;         // seconds the timestamps run ahead of the count
  bool correcting_ = false;
  std::deque<Block> blocks_;
};

}  // namespace ingress::media
