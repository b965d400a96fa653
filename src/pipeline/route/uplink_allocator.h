#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace ingress::pipeline {

/// Allocates the uplink's bitrate: how many layers it carries, and at what bitrate the highest of
/// them.
///
/// A lower estimate takes effect at once: first the highest layer's bitrate falls, down to
/// kLeastShare of what it was published with, then the layer is left out. A layer comes back kRetry
/// after the last step down, and twice as long after each failed attempt, because every attempt
/// disturbs viewers of the layers below. It begins with kLeastShare, and a bitrate rises no faster
/// than kRise: an estimate that grew while little was sent has proven nothing. Nothing is limited
/// before the first estimate.
///
/// Sans-IO.
class UplinkAllocator {
 public:
  static constexpr double kLeastShare = 0.5;
  static constexpr double kUsable = 0.95;   // of an estimate
  static constexpr double kSpare = 1.10;    // what a further layer must find, relative to its need
  static constexpr double kRise = 0.10;     // of a bitrate, within a second
  static constexpr double kNotable = 0.08;  // a smaller rise of the bitrate is not applied
  static constexpr std::chrono::seconds kRetry{5};
  static constexpr std::chrono::seconds kLongestRetry{60};
  /// A layer that is sent for this long has come back for good.
  static constexpr std::chrono::seconds kProven{15};

  /// `bitrates`: of the published layers, lowest first, in bits per second.
  explicit UplinkAllocator(std::vector<std::uint32_t> bitrates);

  /// What the uplink carries, of video, in bits per second; empty: no limit is known.
  /// True when layers() or a bitrate() changed.
  bool OnEstimate(std::optional<std::uint32_t> estimate, TimePoint now);

  /// Layers that may be sent, at least one.
  std::size_t layers() const { return layers_; }
  /// What `layer` may take, in bits per second; zero when it may not be sent.
  std::uint32_t bitrate(std::size_t layer) const;

 private:
  double Needed(std::size_t layers, double share_of_highest) const;
  std::size_t Fitting(double available) const;
  std::uint32_t HighestBitrate(double available) const;
  void SetHighest(double available, std::size_t layers_before, TimePoint now);
  void StepDown(std::size_t layers, TimePoint now);
  void MaybeStepUp(double available, TimePoint now);

  std::vector<std::uint32_t> bitrates_;
  std::size_t layers_;
  std::uint32_t highest_;  // bitrate of layer layers_ - 1
  TimePoint highest_set_at_{};
  std::chrono::seconds retry_ = kRetry;
  TimePoint stepped_down_at_{};
  std::optional<TimePoint> stepped_up_at_;
};

}  // namespace ingress::pipeline
