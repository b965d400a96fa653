#pragma once

#include <chrono>

#include "base/clock.h"

namespace ingress::rtmp {

/// Says until when the encoder of a live publish has to send its next frame.
///
/// Only complete messages with coded audio or video count: pings, acknowledgements, single bytes
/// and repeated headers come from encoders that have nothing to show any more. An encoder that has
/// announced its media gets the longer time for its first frame, once. Sans-IO.
class MediaWatch {
 public:
  /// `before_media`: for an encoder that sends nothing at all; `silence`: between two frames.
  MediaWatch(std::chrono::seconds before_media, std::chrono::seconds silence)
      : before_media_(before_media), silence_(silence) {}

  /// A publish was requested: nothing of it was heard yet.
  void OnRequested() { announced_ = false; }

  /// Time runs from here.
  void OnAccepted(TimePoint now) { since_ = now; }

  /// A decoder configuration or metadata came.
  void OnAnnounced() { announced_ = true; }

  void OnFrame(TimePoint now) {
    announced_ = true;
    since_ = now;
  }

  std::chrono::seconds limit() const { return announced_ ? silence_ : before_media_; }
  TimePoint deadline() const { return since_ + limit(); }

 private:
  std::chrono::seconds before_media_;
  std::chrono::seconds silence_;
  TimePoint since_;
  bool announced_ = false;
};

}  // namespace ingress::rtmp
