#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/encoded_frame.h"

namespace ingress::pipeline {

/// Decides when a frame has to be sent although nobody watches, so that viewers learn of the track.
///
/// livekit-server 1.13.5 tells the room of a video track with the first packet of any of its
/// layers, and takes the first packet of each other layer for that layer's start, whenever it
/// comes. So one picture of one layer announces the track, and nothing more is needed before
/// somebody subscribes. It is sent again now and then because packets get lost, until the server
/// says who watches, which it does after ten seconds at the latest. Where viewers cannot decode the
/// source's pictures, the transcoder makes that one. Sans-IO.
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
  void End() {
    until_ = {};
    asks_encoder_ = false;
  }
  bool begun() const { return begun_; }

  bool Due(TimePoint now) const { return now >= next_ && now < until_; }
  void OnSent(TimePoint now) { next_ = now + kRepeatEvery; }

  /// The transcoder is to make a picture to announce the track with.
  void AskEncoder() { asks_encoder_ = true; }
  void AskEncoderNoMore() { asks_encoder_ = false; }
  bool asks_encoder() const { return asks_encoder_; }
  /// It made that picture.
  void OnEncoded(EncodedFrame frame) {
    asks_encoder_ = false;
    encoded_ = std::move(frame);
  }
  const std::optional<EncodedFrame>& encoded() const { return encoded_; }
  /// The source has another format: that picture is of the old one.
  void OnFormat() { encoded_.reset(); }

  /// The server should have said by now who watches; it never does.
  bool over(TimePoint now) const { return until_ != TimePoint{} && now >= until_; }

 private:
  bool begun_ = false;
  TimePoint next_{};
  TimePoint until_{};
  bool asks_encoder_ = false;
  std::optional<EncodedFrame> encoded_;
};

}  // namespace ingress::pipeline
