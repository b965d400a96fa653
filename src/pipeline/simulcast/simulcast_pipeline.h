#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observability/logger.h"
#include "pipeline/route/published_layers.h"
#include "pipeline/simulcast/layer_slots.h"
#include "pipeline/video/video.h"
#include "pipeline/video/video_pipeline.h"

namespace ingress::pipeline {

/// Publishes the layers of a sender's simulcast as they come: a track whose every layer is one of
/// the sender's, passed through, with nothing decoded or encoded. A sender of one layer gets a
/// track of one layer.
///
/// Each of the sender's layers has a VideoPipeline of its own, which has one layer and may not
/// transcode; which of the track's layers that is, LayerSlots decides by the size of its pictures.
/// The track is published when all layers that the input has told of have come, or kOthersGrace
/// after the first, as senders leave out the large ones on a narrow path. One that comes later
/// takes the place that was kept for it.
class SimulcastPipeline final : public Video {
 public:
  static constexpr std::chrono::milliseconds kOthersGrace{300};
  /// A layer of which nothing has come for so long has paused: its viewers are served by another.
  static constexpr std::chrono::milliseconds kPaused{1'000};

  /// `options`: as VideoPipeline's; it never transcodes. `transcoder` must outlive it.
  SimulcastPipeline(transcoder::Client& transcoder, VideoPipeline::Options options,
                    Callbacks callbacks, observability::Logger logger);

  VideoMessage Read(stream::VideoUnit unit) override;
  Result<void> OnMessage(VideoMessage message, Placed placed, TimePoint now) override;
  void OnUnreadable(const Error& error, TimePoint now) override;
  void ExpectLayers(std::size_t layers) override;
  void OnOtherTrack(TimePoint now) override;
  Result<void> OnConnection(TimePoint now) override;
  void UseVp8(TimePoint now) override;

  bool ready() const override { return !layers_.empty(); }
  const std::vector<LayerSpec>& layers() const override { return layers_.specs(); }
  VideoCodec output_codec() const override { return reference().output_codec(); }
  bool outgrown(TimePoint /*now*/) const override { return renewal_due_; }
  bool outgrown_in_vain(TimePoint /*now*/) const override { return false; }
  void RenewLayers(TimePoint now) override;

  void OnDemand(const std::vector<bool>& wanted, TimePoint now) override;
  void OnAudience(bool present, TimePoint now) override;
  void OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now) override;
  void OnAudioSent(SessionTime pts, TimePoint now) override;
  void OnTick(TimePoint now) override;
  void SetBatchInterval(std::chrono::milliseconds batch_interval) override;
  std::optional<SessionTime> departure() const override;
  void ReleaseHeld(TimePoint now) override;
  void RequestKeyFrame(std::size_t layer, TimePoint now) override;
  void OnTransportReady(TimePoint now) override;
  Result<void> Poll(TimePoint now) override;

  Route route() const override;
  const std::string& route_reason() const override { return reference().route_reason(); }
  LayerRoute layer_route(std::size_t layer) const override;
  Shedding shedding() const override { return Shedding::kNothing; }
  std::uint64_t backlogs() const override { return 0; }
  const std::optional<VideoFormat>& format() const override { return reference().format(); }
  VideoSource::Counters counters() const override;
  const TrackHealth& health() const override { return reference().health(); }
  bool too_large() const override { return reference().too_large(); }
  bool transcodes() const override { return false; }
  ProcessUsage transcoder_usage() const override { return {}; }
  double frames_per_second() const override { return reference().frames_per_second(); }
  std::uint32_t bits_per_second() const override;

 private:
  /// One of the sender's layers.
  struct Source {
    std::unique_ptr<VideoPipeline> pipeline;
    bool begun = false;                  // a key frame of this connection has come
    bool needs_key_frame = true;         // before anything else is sent
    std::uint64_t decodable_before = 0;  // pictures of other connections
    bool flows = false;                  // frames have come of late …
    TimePoint seen_at{};                 // … the newest then
    std::pair<int, int> size{};          // of its pictures
    SessionTime newest = SessionTime::min();
  };

  void Send(std::size_t source, const EncodedFrame& frame);
  std::size_t IndexOf(const stream::VideoUnit& unit);
  void AddSource();
  const VideoPipeline& reference() const { return *sources_[reference_].pipeline; }
  void Settle(TimePoint now);
  bool AllCame(TimePoint now);
  void Publish(TimePoint now);
  void Match(TimePoint now);
  static void BeginAnew(Source& source, TimePoint now);
  std::vector<LayerSlots::Size> Come() const;
  std::optional<std::size_t> SourceFor(std::size_t slot) const;
  void Apply(TimePoint now);
  bool OthersActive(std::size_t slot) const;
  void Begin(std::size_t source, TimePoint now);

  transcoder::Client& transcoder_;
  VideoPipeline::Options options_;
  Callbacks callbacks_;
  observability::Logger logger_;
  std::vector<Source> sources_;  // in the sender's order; at least one
  LayerSlots slots_;
  PublishedLayers layers_;
  std::size_t reference_ = 0;  // whose times are the track's
  std::size_t expected_ = 1;
  std::optional<TimePoint> waits_since_;  // for layers that have not come, to publish with them
  bool renewal_due_ = false;
  bool vp8_ = false;
  std::optional<bool> audience_;
  bool transport_ready_ = false;
  std::chrono::milliseconds batch_interval_{0};
};

}  // namespace ingress::pipeline
