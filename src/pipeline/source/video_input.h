#pragma once

#include <cstdint>
#include <optional>

#include "observability/logger.h"
#include "pipeline/source/access_unit_assembler.h"
#include "pipeline/source/input_meter.h"
#include "pipeline/source/track_health.h"
#include "pipeline/source/video_message.h"
#include "pipeline/source/video_source.h"
#include "stream/unit.h"

namespace ingress::pipeline {

/// Turns the video track's messages into whole pictures of a known format. Counts and measures the
/// messages, and decides whether the track is usable. Sans-IO.
class VideoInput {
 public:
  /// `max_pixels`: as VideoSource's.
  explicit VideoInput(observability::Logger logger,
                      std::int64_t max_pixels = codec::kDefaultMaxInputPixels)
      : logger_(std::move(logger)), source_(max_pixels) {}

  /// Looks into a unit, for Push().
  VideoMessage Read(stream::VideoUnit unit) { return reader_.Read(std::move(unit)); }

  /// `placed`: the message's time when it begins a picture.
  void Push(VideoMessage message, Placed placed, TimePoint now) {
    assembler_.Push(std::move(message), placed, now);
  }

  /// A message that is none.
  void OnUnreadable(const Error& error, TimePoint now);

  /// A message of the audio track has come.
  void OnOtherTrack(TimePoint now) { assembler_.OnOtherTrack(now); }

  /// Another connection of the encoder begins.
  void OnConnection();

  /// Deadlines: call every few tens of milliseconds, and Next() after it.
  void Poll(TimePoint now) { assembler_.Poll(now); }

  /// What came of the messages so far, one by one; empty when there is no more.
  std::optional<VideoSource::Output> Next(TimePoint now);

  const VideoSource& source() const { return source_; }
  const TrackHealth& health() const { return health_; }
  double frames_per_second() const { return meter_.frames_per_second(); }
  std::uint32_t bits_per_second() const { return meter_.bits_per_second(); }

 private:
  observability::Logger logger_;
  VideoMessageReader reader_;
  AccessUnitAssembler assembler_;
  VideoSource source_;
  InputMeter meter_;
  TrackHealth health_;
};

}  // namespace ingress::pipeline
