#pragma once

#include <chrono>

#include "base/clock.h"

namespace ingress::pipeline {

/// Decides when a frame has to be sent although nobody watches, so that viewers learn of the track.
///
/// livekit-server 1.13.5 tells the room of a video track with the first packet of any of its
/// layers, and takes the first packet of each other layer for that layer's start, whenever it
/// comes. So one picture of one layer announces the track, and nothing more is needed before
/// somebody subscribes. It is sent again now and then because packets get lost, until the server
/// says who watches, which it does after ten seconds at the latest. Sans-IO.
class Announcement {
 public:
  static constexpr std::chrono::milliseconds kRepeatEvery{1000};
  static constexpr std::chrono::seconds kRepeatFor{12};

  /// The transport is up: frames that are sent from now on arrive.
  void Begin(TimePoint now) {
    begun_ = true;
    next_ = now;
    until_ = now + kRepeatFor;
  }
  void End() { until_ = {}; }
  bool begun() const { return begun_; }

  bool Due(TimePoint now) const { return now >= next_ && now < until_; }
  void OnSent(TimePoint now) { next_ = now + kRepeatEvery; }

  /// The server should have said by now who watches; it never does.
  bool over(TimePoint now) const { return until_ != TimePoint{} && now >= until_; }

 private:
  bool begun_ = false;
  TimePoint next_{};
  TimePoint until_{};
};

}  // namespace ingress::pipeline
