#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/encoding.h"
#include "domain/route.h"
#include "flv/video_tag.h"
#include "observability/logger.h"
#include "pipeline/pacing/video_release_scheduler.h"
#include "pipeline/route/announcement.h"
#include "pipeline/route/gop_cache.h"
#include "pipeline/route/key_frame_interval_estimator.h"
#include "pipeline/route/key_frame_request_throttle.h"
#include "pipeline/route/layer_allocation.h"
#include "pipeline/route/layer_splicer.h"
#include "pipeline/route/load_shedder.h"
#include "pipeline/route/pass_through.h"
#include "pipeline/route/route_log.h"
#include "pipeline/route/route_selector.h"
#include "pipeline/route/transcode_lag.h"
#include "pipeline/source/source_growth.h"
#include "pipeline/source/video_input.h"
#include "pipeline/video/transcoder_feed.h"
#include "timing/timeline.h"

namespace ingress::pipeline {

/// Turns FLV video tags into coded frames of every wanted layer, by the cheapest route that serves.
///
/// The layers are computed from the first format of the source, because a published track keeps its
/// layers; a later format is fitted into the same layers, unless it is so much larger that a new
/// track is worth it (SourceGrowth). The highest layer is fed by the
/// source's own pictures while they fit WebRTC (PassThroughEligibility), else by the transcoder;
/// lower layers always by the transcoder. A viewer who needs a key frame between two of the source
/// gets one from the transcoder, which carries the layer to the next of the source ("bridge").
/// Nothing is decoded that nobody watches: in an empty room one picture announces the track.
/// Confined to `executor`.
class VideoPipeline {
 public:
  struct Options {
    VideoEncoding encoding;
    SessionClock clock;
    Transcoding transcoding = Transcoding::kAuto;
    media::H264Profile h264_profile = media::H264Profile::kHigh;
    double max_bitrate_ratio = 2.0;
    std::int64_t max_input_pixels = codec::kDefaultMaxInputPixels;
    std::string subject;  // what its transcoder is shown to work for
  };
  struct Callbacks {
    std::function<void(std::size_t layer, const EncodedFrame& frame)> on_frame;
    /// departure() may have come nearer.
    std::function<void()> on_held;
    /// The SFU wants this layer, for the first time or again.
    std::function<void(std::size_t layer)> on_enabled;
    /// The transcoder keeps breaking; no more frames will come.
    std::function<void(Error error)> on_error;
  };

  VideoPipeline(boost::asio::any_io_executor executor, Options options, Callbacks callbacks,
                observability::Logger logger);
  ~VideoPipeline();
  VideoPipeline(const VideoPipeline&) = delete;
  VideoPipeline& operator=(const VideoPipeline&) = delete;

  /// What a tag says, for OnMessage(). `body`: what `tag` was read from; `timestamp`: the
  /// encoder's, milliseconds.
  VideoMessage Read(const flv::VideoTag& tag, Bytes body, std::uint32_t timestamp) {
    return input_.Read(tag, std::move(body), timestamp);
  }

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
  void UseVp8();

  /// The layers are known: a track may be published.
  bool ready() const { return !layers_.empty(); }
  const std::vector<LayerSpec>& layers() const { return layers_; }
  VideoCodec output_codec() const { return output_; }

  /// The source has outgrown the layers for long enough, and a key frame of it has just come: the
  /// track should be published anew.
  bool outgrown(TimePoint now) const { return growth_.Due(now) && gop_.pictures().size() == 1; }
  /// It should, but no key frame came for long.
  bool outgrown_in_vain(TimePoint now) const { return growth_.Overdue(now); }
  /// Computes the layers anew, for a track that is to be published in place of the last.
  void RenewLayers(TimePoint now);

  /// The output wants these layers, by index, and no others.
  void OnDemand(const std::vector<bool>& wanted);

  /// Somebody who may watch is in the room, or nobody.
  void OnAudience(bool present);

  /// Takes what the uplink carries of video, in bits per second; empty: no limit is known.
  void OnUplink(std::optional<std::uint32_t> bits_per_second);

  /// The audio packet of `pts` was sent.
  void OnAudioSent(SessionTime pts, TimePoint now) { video_release_.OnAudioSent(pts, At(now)); }

  /// A batch of media has come, all of which was given to OnMessage().
  void OnTick(TimePoint now) { video_release_.OnTick(At(now)); }

  /// Sets the time between batches of media; zero: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    video_release_.SetBatchInterval(batch_interval);
  }

  /// When the next picture that is held is to leave, by a call of ReleaseHeld().
  std::optional<SessionTime> departure() const { return video_release_.deadline(); }
  void ReleaseHeld(TimePoint now) { video_release_.Poll(At(now)); }

  /// A viewer needs a key frame of this layer.
  void RequestKeyFrame(std::size_t layer, TimePoint now);
  /// What is sent from now on arrives, so every active layer begins with a key frame.
  void OnTransportReady(TimePoint now);

  /// Deadlines: call every few tens of milliseconds. Errors: as OnMessage().
  Result<void> Poll(TimePoint now);

  /// Ends the transcoder's process; await before destruction.
  boost::asio::awaitable<void> Close();

  Route route() const;
  /// Why the route is what it is, in words for the stream's owner.
  const std::string& route_reason() const { return selector_.reason(); }

  /// Of one layer: "passthrough", "bridge", "encode" or "off".
  std::string_view layer_route(std::size_t layer) const;
  Shedding shedding() const { return shedder_.shedding(); }
  std::uint64_t backlogs() const { return shedder_.backlogs(); }

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

  // Viewers of a new track, or of a layer that was off, begin within so long.
  static constexpr std::chrono::milliseconds kNewcomers{1500};

  std::size_t top() const { return layers_.size() - 1; }
  bool source_feeds_top() const { return splicer_.feed() == LayerSplicer::Feed::kSource; }
  SessionTime At(TimePoint now) const { return options_.clock.At(now); }

  Result<void> TakeInput(TimePoint now);
  Result<void> OnFormat();
  Result<void> OnSets();
  std::vector<LayerSpec> LayersOfFormat() const;
  void AdoptLayers(std::vector<LayerSpec> layers);
  Result<void> OnPicture(const Picture& picture, TimePoint now);
  void SteerTopLayer(const Picture& picture, TimePoint now);
  void EngageEncoder(SessionTime from, TimePoint now);
  Result<void> Distribute(const Picture& picture, TimePoint now);

  std::vector<bool> EncodedLayers() const;
  void ConfigureLayers();
  void ConfigureFrameRate();
  void ShedLoad(TimePoint now);
  void PushToTranscoder(const Picture& picture, TimePoint now);
  bool TranscoderNeeded(TimePoint now) const;
  Result<void> EnsureTranscoder(TimePoint now);
  media::VideoTranscoderOptions TranscoderOptions() const;
  void OnEncoded(std::size_t layer, EncodedFrame frame);
  void OnTranscoderBroken(const Error& error);
  void Send(std::size_t layer, EncodedFrame frame);

  void ApplyAllocation(TimePoint now);
  void OnLayerSubscribed(std::size_t layer, TimePoint now);
  // video_pipeline_announce.cc
  void Announce(TimePoint now);
  void AnnounceWith(EncodedFrame frame, TimePoint now);
  bool AnnouncesEncoded(std::size_t layer, EncodedFrame& frame, TimePoint now);
  void AnswerKeyFrameRequest(std::size_t layer, TimePoint now);
  void AnswerFromSource(TimePoint now);
  void BeginBridge(TimePoint now);
  bool CanReplay(TimePoint now) const;
  bool SourceKeyFrameIsNear() const;
  void LogRoute();

  Options options_;
  Callbacks callbacks_;
  observability::Logger logger_;
  VideoCodec output_ = VideoCodec::kH264;
  VideoInput input_;
  RouteSelector selector_;
  VideoReleaseScheduler video_release_;
  PassThrough pass_through_;
  GopCache gop_;
  KeyFrameIntervalEstimator key_frame_interval_;
  SessionTime newest_{};  // DTS of the newest picture
  SessionTime newest_pts_ = SessionTime::min();

  std::vector<LayerSpec> layers_;  // as published
  SourceGrowth growth_;
  std::optional<LayerAllocation> allocation_;
  bool uplink_limits_ = false;
  bool audience_ = false;  // somebody is in the room, or may be
  Announcement announcement_;
  bool encodes_announcement_ = false;      // the transcoder is asked for one picture of it
  std::optional<EncodedFrame> announced_;  // that picture
  std::vector<KeyFrameRequestThrottle> throttles_;
  LayerSplicer splicer_;
  TranscoderFeed feed_;
  bool feed_keeps_range_ = true;  // what it encodes has the range of the source's own pictures
  std::vector<bool> configured_;  // the layers that the transcoder was told to encode
  TranscodeLag lag_;
  bool backlog_ = false;  // pictures behind the live edge were pushed, and none since
  LoadShedder shedder_;

  RouteLog route_log_;

  // Key frames on demand while the source feeds the top layer.
  bool bridge_wanted_ = false;   // the encoder takes over as soon as it can
  TimePoint warm_until_{};       // the decoder follows the source until then
  TimePoint newcomers_until_{};  // who watches now has begun since; a replay disturbs nobody
  std::optional<TimePoint> wait_for_source_until_;

  std::optional<TimePoint> transcoder_started_at_;  // until its first picture
  TimePoint needed_at_{};                           // when the transcoder was last needed
  int restarts_ = 0;
  TimePoint first_restart_{};
};

}  // namespace ingress::pipeline
