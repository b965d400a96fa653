#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/encoding.h"
#include "domain/media_options.h"
#include "domain/route.h"
#include "observability/logger.h"
#include "pipeline/pacing/video_release_scheduler.h"
#include "pipeline/route/announcement.h"
#include "pipeline/route/gop_cache.h"
#include "pipeline/route/key_frame_policy.h"
#include "pipeline/route/layer_splicer.h"
#include "pipeline/route/pass_through.h"
#include "pipeline/route/published_layers.h"
#include "pipeline/route/route_log.h"
#include "pipeline/route/route_selector.h"
#include "pipeline/route/source_key_frame_throttle.h"
#include "pipeline/source/video_input.h"
#include "pipeline/video/transcoder_feed.h"
#include "pipeline/video/video.h"
#include "stream/unit.h"
#include "timing/timeline.h"

namespace ingress::pipeline {

/// Turns units of video into coded frames of every wanted layer, by the cheapest route that serves.
///
/// The layers are computed from the first format of the source, because a published track keeps its
/// layers; a later format is fitted into the same layers, unless it is so much larger that a new
/// track is worth it (SourceGrowth). The highest layer is fed by the
/// source's own pictures while they fit WebRTC (PassThroughEligibility), else by the transcoder;
/// lower layers always by the transcoder. A viewer who needs a key frame between two of the source
/// gets one from the transcoder, which carries the layer to the next of the source ("bridge").
/// Nothing is decoded that nobody watches: in an empty room one picture announces the track.
/// Its transcoder is another's (transcoder::Client).
class VideoPipeline final : public Video {
 public:
  struct Options {
    VideoEncoding encoding;
    SessionClock clock{};
    MediaOptions media{};
  };
  /// `transcoder` must outlive it and give its callbacks on the same thread.
  VideoPipeline(transcoder::Client& transcoder, Options options, Callbacks callbacks,
                observability::Logger logger);
  ~VideoPipeline() override;

  VideoMessage Read(stream::VideoUnit unit) override { return input_.Read(std::move(unit)); }
  Result<void> OnMessage(VideoMessage message, Placed placed, TimePoint now) override;
  void OnUnreadable(const Error& error, TimePoint now) override { input_.OnUnreadable(error, now); }
  void OnOtherTrack(TimePoint now) override { input_.OnOtherTrack(now); }
  Result<void> OnConnection(TimePoint now) override;
  void UseVp8(TimePoint now) override;

  bool ready() const override { return !layers_.empty(); }
  const std::vector<LayerSpec>& layers() const override { return layers_.specs(); }
  VideoCodec output_codec() const override { return selector_.output_codec(); }
  bool outgrown(TimePoint now) const override {
    return layers_.outgrown(now) && gop_.pictures().size() == 1;
  }
  bool outgrown_in_vain(TimePoint now) const override { return layers_.outgrown_in_vain(now); }
  void RenewLayers(TimePoint now) override;

  void OnDemand(const std::vector<bool>& wanted, TimePoint now) override;
  void OnAudience(bool present, TimePoint now) override;
  void OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now) override;
  void OnAudioSent(SessionTime pts, TimePoint now) override { release_.OnAudioSent(pts, At(now)); }
  void OnTick(TimePoint now) override { release_.OnTick(At(now)); }
  void SetBatchInterval(std::chrono::milliseconds batch_interval) override {
    release_.SetBatchInterval(batch_interval);
  }
  std::optional<SessionTime> departure() const override;
  void ReleaseHeld(TimePoint now) override;
  void RequestKeyFrame(std::size_t layer, TimePoint now) override;
  void OnTransportReady(TimePoint now) override;
  Result<void> Poll(TimePoint now) override;

  /// Of what was given to on_frame before nothing has reached anybody: goes on with a key frame.
  void BeginAnew(TimePoint now);
  /// See KeyFramePolicy.
  void AllowReplay(bool allowed) { key_frames_.AllowReplay(allowed); }

  Route route() const override;
  const std::string& route_reason() const override { return selector_.reason(); }
  LayerRoute layer_route(std::size_t layer) const override;
  Shedding shedding() const override { return feed_.shedding(); }
  std::uint64_t backlogs() const override { return feed_.backlogs(); }
  const std::optional<VideoFormat>& format() const override { return input_.source().format(); }
  VideoSource::Counters counters() const override { return input_.source().counters(); }
  const TrackHealth& health() const override { return input_.health(); }
  bool too_large() const override { return input_.source().too_large(); }
  bool transcodes() const override { return feed_.running(); }
  ProcessUsage transcoder_usage() const override { return feed_.usage(); }
  double frames_per_second() const override { return input_.frames_per_second(); }
  std::uint32_t bits_per_second() const override { return input_.bits_per_second(); }

 private:
  using Picture = std::shared_ptr<const SourcePicture>;

  std::size_t top() const { return layers_.top(); }
  bool source_feeds_top() const { return splicer_.feed() == LayerSplicer::Feed::kSource; }
  SessionTime At(TimePoint now) const { return options_.clock.At(now); }

  Result<void> TakeInput(TimePoint now);
  Result<void> OnFormat(TimePoint now);
  Result<void> OnSets();
  std::vector<LayerSpec> LayersOfFormat() const;
  void PublishLayers(std::vector<LayerSpec> layers, TimePoint now);
  Result<void> OnPicture(const Picture& picture, TimePoint now);
  void SteerTopLayer(const Picture& picture, TimePoint now);
  void EngageEncoder(SessionTime from, TimePoint now);
  Result<void> Distribute(const Picture& picture, TimePoint now);
  void Pass(const Picture& picture, TimePoint now);
  void Send(std::size_t layer, EncodedFrame frame, TimePoint now);
  void LogRoute();

  void ApplyAllocation(TimePoint now);
  KeyFramePolicy::Stream StreamOf(std::size_t layer) const;
  void AskSource(TimePoint now);
  void Act(KeyFramePolicy::Answer answer, std::size_t layer, TimePoint now);

  // video_pipeline_announce.cc
  void Announce(TimePoint now);
  void AnnounceWith(EncodedFrame frame, TimePoint now);
  bool AnnouncesEncoded(std::size_t layer, EncodedFrame& frame, TimePoint now);

  // video_pipeline_encode.cc
  bool TranscoderNeeded(TimePoint now) const;
  Result<void> EnsureTranscoder(TimePoint now);
  void EnsureTranscoderOrEnd(TimePoint now);
  media::VideoTranscoderOptions TranscoderOptions() const;
  std::vector<bool> EncodedLayers() const;
  void ConfigureLayers();
  void OnEncoded(std::size_t layer, EncodedFrame frame, TimePoint now);
  void OnTranscoderLost(const Error& error, TranscoderLifetime::Loss loss, TimePoint now);

  Options options_;
  Callbacks callbacks_;
  observability::Logger logger_;
  VideoInput input_;
  GopCache gop_;
  RouteSelector selector_;
  PublishedLayers layers_;
  Announcement announcement_;
  KeyFramePolicy key_frames_;
  SourceKeyFrameThrottle source_throttle_;
  PassThrough pass_through_;
  LayerSplicer splicer_;
  TranscoderFeed feed_;
  VideoReleaseScheduler release_;
  RouteLog route_log_;
};

}  // namespace ingress::pipeline
