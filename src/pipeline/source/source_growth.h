#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "domain/encoding.h"

namespace ingress::pipeline {

/// Decides when a source has outgrown the layers of its published track for good.
///
/// A track keeps its layers, and none is larger than the source was when it was published. A phone
/// that began at 360p on a bad line sends 720p later; viewers get that only from a new track, which
/// costs them a moment without pictures. So it has to be worth it, and rare. Layers of a source
/// that shrinks stay as they are. Sans-IO.
class SourceGrowth {
 public:
  /// The time for which the source has to keep its new size.
  static constexpr std::chrono::seconds kStays{4};
  /// The least time between two new tracks.
  static constexpr std::chrono::seconds kRests{20};
  /// A new track that is due for longer than this cannot be made: no key frame comes.
  static constexpr std::chrono::seconds kOverdue{4};
  /// How much more area the highest layer of a new track must have.
  static constexpr double kWorth = 1.2;

  /// A track was published with `top` as its highest layer.
  void OnPublished(const LayerSpec& top, TimePoint now) {
    if (published_ != 0) renewed_at_ = now;
    published_ = AreaOf(top);
    grown_since_.reset();
  }

  /// The source has another format; a track for it would have `top` as its highest layer.
  void OnFormat(const LayerSpec& top, TimePoint now) {
    const std::uint64_t area = AreaOf(top);
    const bool grown = static_cast<double>(area) >= kWorth * static_cast<double>(published_);
    if (!grown) {
      grown_since_.reset();
    } else if (!grown_since_ || area != wanted_) {
      grown_since_ = now;
    }
    wanted_ = area;
  }

  /// The source is larger than the track, for so long that people should know.
  bool Overdue(TimePoint now) const { return Due(now - kOverdue); }

  /// A new track is due.
  bool Due(TimePoint now) const {
    return grown_since_ && now - *grown_since_ >= kStays &&
           (!renewed_at_ || now - *renewed_at_ >= kRests);
  }

 private:
  static std::uint64_t AreaOf(const LayerSpec& layer) {
    return std::uint64_t{layer.width} * layer.height;
  }

  std::uint64_t published_ = 0;
  std::uint64_t wanted_ = 0;
  std::optional<TimePoint> grown_since_;
  std::optional<TimePoint> renewed_at_;
};

}  // namespace ingress::pipeline
