#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flv/video_tag.h"
#include "handler/input_meter.h"
#include "handler/key_frame_gate.h"
#include "handler/layer_demand.h"
#include "handler/video_source.h"
#include "ingress/encoding.h"
#include "media/video_transcoder.h"
#include "observability/logger.h"

namespace ingress::handler {

/// FLV video tags in, encoded pictures of every wanted layer out.
///
/// The layers are computed once, from the first format of the source, because a published track
/// keeps its layers; a later format is fitted into the same layers. Confined to `executor`.
class VideoPipeline {
 public:
  struct Options {
    VideoEncoding encoding;
    media::H264Profile h264_profile = media::H264Profile::kHigh;
  };
  struct Callbacks {
    std::function<void(std::size_t layer, const EncodedFrame& frame)> on_frame;
    /// The transcoder broke; no more frames will come.
    std::function<void(Error error)> on_error;
  };

  VideoPipeline(boost::asio::any_io_executor executor, Options options, Callbacks callbacks,
                observability::Logger logger);
  ~VideoPipeline();
  VideoPipeline(const VideoPipeline&) = delete;
  VideoPipeline& operator=(const VideoPipeline&) = delete;

  /// `dts`: the tag's time on the session's time line.
  /// Errors: kUnsupported, kMalformed for a stream that cannot be decoded, kInternal when the
  /// transcoder cannot be made.
  Result<void> OnTag(const flv::VideoTag& tag, SessionTime dts, TimePoint now);

  /// The room takes no H.264: encode VP8 from now on. Before anything was published only.
  Result<void> UseVp8();

  /// The layers are known: a track may be published.
  bool ready() const { return !layers_.empty(); }
  const std::vector<LayerSpec>& layers() const { return layers_; }
  VideoCodec output_codec() const { return output_; }

  void OnSubscribedQuality(const std::map<::livekit::VideoQuality, bool>& enabled);

  /// A viewer needs a key frame of this layer.
  void RequestKeyFrame(std::size_t layer, TimePoint now);
  /// Of every active layer, for example because the transport has just come up.
  void RequestKeyFrames(TimePoint now);

  /// Key frames that had to wait; call every 100 ms or so.
  void Poll(TimePoint now);

  const std::optional<VideoFormat>& format() const { return source_.format(); }
  const VideoSource::Counters& counters() const { return source_.counters(); }
  double frames_per_second() const { return meter_.frames_per_second(); }
  std::uint32_t bits_per_second() const { return meter_.bits_per_second(); }

 private:
  Result<void> OnFormat();
  Result<void> MakeTranscoder();
  std::vector<LayerSpec> FitIntoPublishedLayers() const;
  void OnEncoded(std::size_t layer, const EncodedFrame& frame);
  void ApplyDemand();

  boost::asio::any_io_executor executor_;
  Options options_;
  Callbacks callbacks_;
  observability::Logger logger_;
  VideoCodec output_ = VideoCodec::kH264;
  VideoSource source_;
  InputMeter meter_;

  std::vector<LayerSpec> layers_;  // as published
  std::optional<LayerDemand> demand_;
  std::vector<bool> active_;
  std::vector<KeyFrameGate> gates_;

  // Frames posted by a transcoder that has been replaced carry an older generation.
  std::shared_ptr<std::uint64_t> generation_ = std::make_shared<std::uint64_t>(0);
  std::unique_ptr<media::VideoTranscoder> transcoder_;
};

}  // namespace ingress::handler
