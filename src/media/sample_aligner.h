#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"

namespace ingress::media {

/// Cuts decoded audio into blocks of 20 ms that follow the input's timestamps.
///
/// Time is counted in samples, so the milliseconds of a container do not show. The difference
/// between the count and the timestamps is corrected so that nobody hears it:
///  - up to 20 ms: nothing, it may be jitter;
///  - more, as with a drifting clock: the audio is stretched by a quarter of a percent;
///  - above 30 ms: a piece is left out or played twice where the wave repeats, a few a second;
///  - a hole above 50 ms, at once: silence, up to kMaxFilledGap; beyond, the presentation time
///  jumps, and
///    what had begun of a block is left out;
///  - an overlap above 100 ms: it is left out.
/// Audio is faded out and in around silence, and cross-faded over cuts. Presentation times never
/// run backwards. Allocates nothing once it has seen the largest input.
class SampleAligner {
 public:
  static constexpr SessionTime kMaxFilledGap = std::chrono::milliseconds(500);

  /// `block`: interleaved, codec::kOpusPacketSamples per channel (less where blocks are moved), all
  /// within -1 to 1; valid during the call.
  using OnBlock = std::function<void(std::span<const float> block, SessionTime pts)>;

  SampleAligner(int channels, OnBlock on_block);

  /// `samples`: interleaved at 48 kHz. `pts`: of the first of them; empty when they just follow on
  /// (they are left out before the first known time). Calls back for each block that is complete.
  void Add(std::span<const float> samples, std::optional<SessionTime> pts);

  /// Lets blocks begin `by` later from the next one on, by way of shorter ones: of 10 and 5 ms,
  /// both of which are Opus frames (RFC 6716 §2.1.4). Less than 5 ms remains undone.
  void Move(std::chrono::milliseconds by);

 private:
  SessionTime end() const;  // the time of the next sample
  void Align(SessionTime pts);
  void Jump(SessionTime pts);
  void FillWithSilence(std::size_t frames);
  std::span<const float> LeaveOut(std::span<const float> samples);
  void Follow(std::span<const float> samples);
  bool Edit(std::span<const float> samples);
  void Append(std::span<const float> samples);
  void Remember(std::span<const float> samples);
  std::size_t NextBlockSize();

  std::size_t channels_;
  OnBlock on_block_;
  std::optional<SessionTime> origin_;  // where frames_ counts from
  std::int64_t frames_ = 0;            // samples per channel since the origin
  std::vector<float> block_;           // being filled
  std::size_t block_size_ = 0;         // samples of all channels
  SessionTime block_pts_{};
  std::size_t to_move_ = 0;    // frames by which blocks are still to begin later
  std::vector<float> played_;  // the last of what went into blocks
  std::size_t fade_in_ = 0;    // frames that still have to be faded in

  double ahead_ = 0;            // seconds the timestamps run ahead of the count, smoothed
  SessionTime newest_ahead_{};  // the same, as the newest frame says
  bool stretching_ = false;     // until they agree
  bool editing_ = false;
  std::int64_t next_edit_ = 0;  // in frames_

  std::size_t to_leave_out_ = 0;  // frames of an overlap
  std::vector<float> scratch_;
};

}  // namespace ingress::media
