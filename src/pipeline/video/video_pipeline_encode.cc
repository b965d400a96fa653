// What the transcoder does for a pipeline, and what becomes of its frames.
#include <algorithm>
#include <utility>

#include "domain/layers.h"
#include "pipeline/video/video_pipeline.h"

namespace ingress::pipeline {
namespace {

constexpr double kBridgeHeadroom = 1.1;  // of the source's bitrate

}  // namespace

bool VideoPipeline::TranscoderNeeded(TimePoint now) const {
  if (options_.media.transcoding == Transcoding::kNever || layers_.empty()) return false;
  if (layers_.allocation().any_below_top() || announcement_.asks_encoder()) return true;
  if (!layers_.top_active()) return false;
  return !source_feeds_top() || key_frames_.encoder_wanted() || key_frames_.keeps_decoder_warm(now);
}

Result<void> VideoPipeline::EnsureTranscoder(TimePoint now) {
  if (feed_.running() || gop_.empty() || !TranscoderNeeded(now)) return {};
  feed_.RenewLoad(now);
  return feed_.Start(TranscoderOptions(), EncodedLayers(), gop_, now);
}

void VideoPipeline::EnsureTranscoderOrEnd(TimePoint now) {
  if (auto started = EnsureTranscoder(now); !started) callbacks_.on_error(started.error());
}

media::VideoTranscoderOptions VideoPipeline::TranscoderOptions() const {
  const VideoFormat& format = *input_.source().format();
  media::VideoTranscoderOptions options{
      .input = format.codec,
      .codec_config = format.codec_config,
      .output = selector_.output_codec(),
      .profile = options_.media.h264_profile,
      .max_frame_rate = options_.encoding.frame_rate,
      .layers = {},
      // A second thread shortens catching up; it costs a running ladder a picture's time.
      .decoder_threads = selector_.eligible() && layers_.size() == 1 ? 2 : 1,
      .keep_range = selector_.eligible(),
      .max_input_pixels = options_.media.max_input_pixels,
  };
  for (const LayerSpec& layer :
       RefitLayers(options_.encoding, layers_.specs(), static_cast<std::uint32_t>(format.width),
                   static_cast<std::uint32_t>(format.height))) {
    const std::uint32_t allowed = layers_.allocation().bitrate(options.layers.size());
    options.layers.push_back({.width = static_cast<int>(layer.width),
                              .height = static_cast<int>(layer.height),
                              .bitrate = static_cast<int>(std::min(layer.bitrate, allowed))});
  }
  if (selector_.eligible()) {
    // A bridge must not look worse than what it stands in for.
    int& bitrate = options.layers.back().bitrate;
    bitrate = std::max(bitrate, static_cast<int>(selector_.source_bitrate() * kBridgeHeadroom));
  }
  return options;
}

std::vector<bool> VideoPipeline::EncodedLayers() const {
  if (announcement_.asks_encoder()) {
    std::vector<bool> layers(layers_.size());
    layers[top()] = true;
    return layers;
  }
  return layers_.allocation().Encoded(source_feeds_top(), feed_.shedding());
}

void VideoPipeline::ConfigureLayers() {
  if (!feed_.running()) return;
  feed_.SetLayers(EncodedLayers());
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    // A bridge keeps its own bitrate, which follows the source's.
    if (layer == top() && selector_.eligible()) continue;
    feed_.SetBitrate(layer, layers_.allocation().bitrate(layer));
  }
}

void VideoPipeline::EngageEncoder(SessionTime from, TimePoint now) {
  key_frames_.OnEncoderTook();
  splicer_.TakeEncoder(from, now);
  splicer_.AllowReturn(selector_.eligible());
  if (feed_.running() && EncodedLayers()[top()]) feed_.BeginLayer(top(), from);
}

void VideoPipeline::OnEncoded(std::size_t layer, EncodedFrame frame, TimePoint now) {
  if (AnnouncesEncoded(layer, frame, now)) return;
  if (layer == top()) {
    splicer_.OnEncoded(std::move(frame), now);
    return;
  }
  const SessionTime pts = frame.pts;
  Send(layer, std::move(frame), now);
  splicer_.OnSibling(pts, now);
}

void VideoPipeline::OnTranscoderLost(const Error& error, TranscoderLifetime::Loss loss,
                                     TimePoint now) {
  logger_.Warn("the transcoder broke", {{"error", error}, {"route", ToString(route())}});
  if (loss == TranscoderLifetime::Loss::kFinal) return callbacks_.on_error(error);
  // The picture that broke it may be in the cache.
  if (loss == TranscoderLifetime::Loss::kRepeated) gop_.Clear();
  key_frames_.OnEncoderLost();
  if (selector_.eligible()) splicer_.LoseEncoder(now);
}

}  // namespace ingress::pipeline
