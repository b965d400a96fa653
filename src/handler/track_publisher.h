#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "domain/encoding.h"
#include "domain/failure.h"
#include "handler/join_retry.h"
#include "handler/publish_plan.h"
#include "handler/track_muting.h"
#include "observability/logger.h"
#include "output/output.h"
#include "pipeline/audio/audio_pipeline.h"
#include "pipeline/video/video.h"

namespace ingress::handler {

/// Brings a session's tracks into its output: joins it, with patience, publishes each track once it
/// is known (PublishPlan), and replaces the video track of a source that has outgrown its layers.
/// One publication is under way at a time.
///
/// Sans-IO: the caller passes the output's answers on, and calls Advance() after whatever may have
/// made a track ready and at deadline().
class TrackPublisher {
 public:
  /// What it publishes to and from; all outlive it. `random`: see net::Backoff.
  struct Parts {
    output::Output& output;
    pipeline::Video& video;
    const pipeline::AudioPipeline& audio;
    TrackMuting& muting;
    output::AudioTrack audio_track;
    std::function<std::uint32_t()> random;
  };

  TrackPublisher(Parts parts, observability::Logger logger)
      : parts_(std::move(parts)), logger_(std::move(logger)) {}

  void Join(TimePoint now);

  /// The output's answers. OnEnded() returns why the session cannot go on; empty: it joins again.
  void OnJoined(TimePoint now);
  void OnPublished();
  std::optional<Failure> OnEnded(const output::Ended& ended, TimePoint now);

  /// Which tracks the source says it has; empty: it does not say.
  void Expect(std::optional<bool> video, std::optional<bool> audio);

  /// The source has outgrown the layers of the published track.
  void Replace() { replacement_due_ = true; }

  /// Does what is due.
  void Advance(TimePoint now);
  std::optional<TimePoint> deadline() const;

  bool joined() const { return joined_; }
  /// The output has a video track of this session, or is being given one.
  bool sends_video() const { return plan_.published().video || publishing_.video; }
  /// The tracks that the far end knows.
  const PublishPlan::Tracks& published() const { return plan_.published(); }

 private:
  void Publish(const PublishPlan::Tracks& tracks);
  void ReplaceVideo(TimePoint now);
  output::VideoTrack VideoTrack() const;

  Parts parts_;
  observability::Logger logger_;
  JoinRetry retry_;
  PublishPlan plan_;
  PublishPlan::Known known_;
  bool joined_ = false;
  bool under_way_ = false;  // Publish() or ReplaceVideo() was called and not answered
  PublishPlan::Tracks publishing_;
  bool replacement_due_ = false;
};

}  // namespace ingress::handler
