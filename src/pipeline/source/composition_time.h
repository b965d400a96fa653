#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Computes by how much pictures are presented after their decoding time: as the encoder says, as
/// long as the order of its pictures can explain it.
///
/// A picture waits for those that are decoded after it and shown before it, so its composition time
/// is at most as long as the stream's reordering, in pictures, times the distance of pictures. One
/// beyond that is a mistake: RTP time that followed it would freeze the video until the others have
/// caught up. The picture gets the offset that those of its kind had last. Offsets that are all
/// beyond it are an encoder's habit: what they have in common is taken away.
class CompositionTime {
 public:
  /// Of the limit; also an encoder whose decoding times waver by a picture or two has room in it.
  static constexpr std::chrono::milliseconds kAllowance{100};
  /// Nothing longer is obeyed. One picture a second with two B-frames needs 3 s.
  static constexpr std::chrono::milliseconds kMax{3000};
  /// So many refused in a row are a habit.
  static constexpr int kHabit = 8;

  /// What the stream's headers say. `reorder`: pictures that may be decoded before one and shown
  /// after it; empty when they do not say. `frame_rate`: frames per second, if they say it.
  void OnFormat(std::optional<int> reorder, std::optional<double> frame_rate);

  /// `dts`: of the picture, on whatever clock. `offset`: as the encoder says. `reordered`: it holds
  /// B slices. Returns the offset to obey.
  SessionTime Place(SessionTime dts, SessionTime offset, bool reordered);

  /// Offsets that were not obeyed.
  std::uint64_t refused() const { return refused_; }

 private:
  void Measure(SessionTime dts);
  SessionTime Limit() const;
  void OnRefused(SessionTime offset);

  std::optional<int> reorder_;
  bool b_slices_ = false;
  SessionTime distance_ = std::chrono::milliseconds(40);  // of pictures, smoothed
  std::optional<SessionTime> newest_;                     // DTS
  SessionTime habit_{};                 // what all offsets have in common, when that is too much
  std::array<SessionTime, 2> usual_{};  // offsets obeyed last: of pictures without B slices, with
  int refused_in_row_ = 0;
  SessionTime least_refused_{};  // of those
  std::uint64_t refused_ = 0;
};

}  // namespace ingress::pipeline
