#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
/// Its transcoder is another's (transcoder::Client), and so is the time: everything happens within
/// a call that says when it is.
class VideoPipeline {
 public:
  struct Options {
    VideoEncoding encoding;
    SessionClock clock{};
    MediaOptions media{};
  };
  struct Callbacks {
    std::function<void(std::size_t layer, const EncodedFrame& frame)> on_frame;
    /// departure() may have come nearer.
    std::function<void()> on_held;
    /// The SFU wants this layer, for the first time or again.
    std::function<void(std::size_t layer)> on_enabled;
    /// The transcoder keeps breaking; no more frames will come.
    std::function<void(Error error)> on_error;
    /// The source is to send a key frame as soon as it can; empty: it takes no such requests.
    std::function<void()> request_source_key_frame = {};
  };

  /// `transcoder` must outlive it and give its callbacks on the same thread.
  VideoPipeline(transcoder::Client& transcoder, Options options, Callbacks callbacks,
                observability::Logger logger);
  ~VideoPipeline();
  VideoPipeline(const VideoPipeline&) = delete;
  VideoPipeline& operator=(const VideoPipeline&) = delete;

  /// Looks into a unit, for OnMessage().
  VideoMessage Read(stream::VideoUnit unit) { return input_.Read(std::move(unit)); }

  /// `placed`: on the session's time line, of a message that begins a picture. A message that is of
  /// no use is no error, it is counted: see health().
  /// Errors: kUnsupported, kMalformed for a stream that, without transcoding, cannot be passed;
  /// kInternal when the transcoder cannot be started.
  Result<void> OnMessage(VideoMessage message, Placed placed, TimePoint now);

  /// A video message that does not parse.
  void OnUnreadable(const Error& error, TimePoint now) { input_.OnUnreadable(error, now); }

  /// A message of the audio track has come.
  void OnOtherTrack(TimePoint now) { input_.OnOtherTrack(now); }

  /// Another connection of the encoder begins. Errors: as OnMessage().
  Result<void> OnConnection(TimePoint now);

  /// The room takes no H.264: encode VP8 from now on. Before anything was published only.
  void UseVp8(TimePoint now);

  /// The layers are known: a track may be published.
  bool ready() const { return !layers_.empty(); }
  const std::vector<LayerSpec>& layers() const { return layers_.specs(); }
  VideoCodec output_codec() const { return selector_.output_codec(); }

  /// The source has outgrown the layers for long enough, and a key frame of it has just come: the
  /// track should be published anew.
  bool outgrown(TimePoint now) const {
    return layers_.outgrown(now) && gop_.pictures().size() == 1;
  }
  /// It should, but no key frame came for long.
  bool outgrown_in_vain(TimePoint now) const { return layers_.outgrown_in_vain(now); }
  /// Computes the layers anew, for a track that is to be published in place of the last.
  void RenewLayers(TimePoint now);

  /// The output wants these layers, by index, and no others.
  void OnDemand(const std::vector<bool>& wanted, TimePoint now);

  /// Somebody who may watch is in the room, or nobody.
  void OnAudience(bool present, TimePoint now);

  /// Takes what the uplink carries of video, in bits per second; empty: no limit is known.
  void OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now);

  /// The audio packet of `pts` was sent.
  void OnAudioSent(SessionTime pts, TimePoint now) { release_.OnAudioSent(pts, At(now)); }

  /// A batch of media has come, all of which was given to OnMessage().
  void OnTick(TimePoint now) { release_.OnTick(At(now)); }

  /// Sets the time between batches of media; zero: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    release_.SetBatchInterval(batch_interval);
  }

  /// When the next picture that is held, for lower layers, for the other feed of the highest layer
  /// or for its audio, is to leave by a call of ReleaseHeld(); hold_limits.h says by when it does.
  std::optional<SessionTime> departure() const;
  void ReleaseHeld(TimePoint now);

  /// A viewer needs a key frame of this layer.
  void RequestKeyFrame(std::size_t layer, TimePoint now);
  /// What is sent from now on arrives, so every active layer begins with a key frame.
  void OnTransportReady(TimePoint now);

  /// Deadlines: call every few tens of milliseconds. Errors: as OnMessage().
  Result<void> Poll(TimePoint now);

  Route route() const;
  /// Why the route is what it is, in words for the stream's owner.
  const std::string& route_reason() const { return selector_.reason(); }

  LayerRoute layer_route(std::size_t layer) const;
  Shedding shedding() const { return feed_.shedding(); }
  std::uint64_t backlogs() const { return feed_.backlogs(); }

  const std::optional<VideoFormat>& format() const { return input_.source().format(); }
  const VideoSource::Counters& counters() const { return input_.source().counters(); }
  const TrackHealth& health() const { return input_.health(); }
  bool too_large() const { return input_.source().too_large(); }
  /// A transcoder runs for this session.
  bool transcodes() const { return feed_.running(); }

  ProcessUsage transcoder_usage() const { return feed_.usage(); }
  double frames_per_second() const { return input_.frames_per_second(); }
  std::uint32_t bits_per_second() const { return input_.bits_per_second(); }

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
