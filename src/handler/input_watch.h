#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "domain/warning.h"
#include "timing/drop_monitor.h"
#include "timing/pace_monitor.h"
#include "timing/timeline.h"

namespace ingress::handler {

/// Raises warnings about the input's times: timestamps that do not follow time, a pace that differs
/// from real time, messages that are dropped. Sans-IO.
class InputWatch {
 public:
  /// A media message has come. `live`: it is not left out.
  void OnMessage(TrackKind kind, std::size_t bytes, bool live);

  /// `damaged_video`: messages so far that could not be read. To be called every few hundred
  /// milliseconds or more often.
  void Poll(const Timeline& timeline, std::uint64_t damaged_video, Warnings& warnings,
            TimePoint now);

 private:
  /// A track that pauses for longer may have ended, and nothing is wrong with its times.
  static constexpr std::chrono::seconds kLongestPause{30};

  struct Track {
    std::uint64_t messages = 0;
    std::uint64_t heard = 0;  // of them, at the last poll
    TimePoint heard_at{};
    std::uint64_t bytes = 0;
    std::uint64_t late = 0;
    DropMonitor drops;
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  void WatchTimestamps(const Timeline& timeline, Warnings& warnings, TimePoint now);
  void WatchPace(const Timeline& timeline, Warnings& warnings, TimePoint now);
  void WatchDrops(TrackKind kind, std::uint64_t damaged, Warnings& warnings, TimePoint now);

  std::array<Track, 2> tracks_;
  PaceMonitor pace_;
};

}  // namespace ingress::handler
