#include "handler/video_pipeline.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "ingress/layers.h"

namespace ingress::handler {
namespace {

std::vector<::livekit::VideoQuality> QualitiesOf(const std::vector<LayerSpec>& layers) {
  std::vector<::livekit::VideoQuality> out;
  out.reserve(layers.size());
  for (const LayerSpec& layer : layers) out.push_back(layer.quality);
  return out;
}

}  // namespace

VideoPipeline::VideoPipeline(boost::asio::any_io_executor executor, Options options,
                             Callbacks callbacks, observability::Logger logger)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      logger_(std::move(logger)) {
  if (options_.encoding.codec == RequestedVideoCodec::kVp8) output_ = VideoCodec::kVp8;
  if (options_.encoding.codec == RequestedVideoCodec::kH264Baseline) {
    options_.h264_profile = media::H264Profile::kBaseline;
  }
}

VideoPipeline::~VideoPipeline() { transcoder_.reset(); }

Result<void> VideoPipeline::OnTag(const flv::VideoTag& tag, SessionTime dts, TimePoint now) {
  auto output = source_.OnTag(tag, dts);
  if (!output) return std::unexpected(output.error());
  if (output->format_changed) {
    if (auto made = OnFormat(); !made) return made;
  }
  if (tag.kind == flv::VideoTag::Kind::kCodedFrame) meter_.Count(tag.data.size(), now);
  if (output->picture && transcoder_) transcoder_->Push(std::move(*output->picture));
  return {};
}

Result<void> VideoPipeline::UseVp8() {
  if (output_ == VideoCodec::kVp8) return {};
  output_ = VideoCodec::kVp8;
  return transcoder_ ? MakeTranscoder() : Result<void>{};
}

Result<void> VideoPipeline::OnFormat() {
  const VideoFormat& format = *source_.format();
  logger_.Info("video format", {{"width", format.width}, {"height", format.height}});
  if (layers_.empty()) {
    layers_ = ComputeLayers(options_.encoding, static_cast<std::uint32_t>(format.width),
                            static_cast<std::uint32_t>(format.height));
    if (layers_.empty()) return Fail(ErrorCode::kMalformed, "video without a size");
    demand_.emplace(QualitiesOf(layers_));
    active_.assign(layers_.size(), true);
    gates_.resize(layers_.size());
  }
  return MakeTranscoder();
}

Result<void> VideoPipeline::MakeTranscoder() {
  media::VideoTranscoderOptions options{
      .input = source_.format()->codec,
      .codec_config = source_.format()->codec_config,
      .output = output_,
      .profile = options_.h264_profile,
      .max_frame_rate = options_.encoding.frame_rate,
      .layers = {},
  };
  for (const LayerSpec& layer : FitIntoPublishedLayers()) {
    options.layers.push_back({.width = static_cast<int>(layer.width),
                              .height = static_cast<int>(layer.height),
                              .bitrate = static_cast<int>(layer.bitrate)});
  }
  transcoder_.reset();
  const std::uint64_t generation = ++*generation_;
  // The callbacks run on the transcoder's threads. They carry what they need to find out, back on
  // the executor, whether this pipeline and that transcoder still are the ones in charge.
  const std::weak_ptr<std::uint64_t> alive = generation_;
  auto transcoder = media::MakeVideoTranscoder(
      std::move(options),
      {.on_frame =
           [this, alive, generation, executor = executor_](std::size_t layer, EncodedFrame frame) {
             boost::asio::post(
                 executor, [this, alive, generation, layer, frame = std::move(frame)] {
                   if (const auto current = alive.lock(); current && *current == generation) {
                     OnEncoded(layer, frame);
                   }
                 });
           },
       .on_error =
           [this, alive, generation, executor = executor_](Error error) {
             boost::asio::post(executor, [this, alive, generation, error = std::move(error)] {
               if (const auto current = alive.lock(); current && *current == generation) {
                 callbacks_.on_error(error);
               }
             });
           }});
  if (!transcoder) return Wrap("video transcoder", transcoder.error());
  transcoder_ = std::move(*transcoder);
  ApplyDemand();
  return {};
}

std::vector<LayerSpec> VideoPipeline::FitIntoPublishedLayers() const {
  VideoEncoding published = options_.encoding;
  published.layers = layers_;
  const VideoFormat& format = *source_.format();
  std::vector<LayerSpec> fitted = ComputeLayers(published, static_cast<std::uint32_t>(format.width),
                                                static_cast<std::uint32_t>(format.height));
  // A source that shrank needs fewer layers than are published; the upper ones repeat the largest,
  // so that whoever watches them keeps a picture.
  while (!fitted.empty() && fitted.size() < layers_.size()) {
    LayerSpec repeated = fitted.back();
    repeated.quality = layers_[fitted.size()].quality;
    fitted.push_back(repeated);
  }
  return fitted;
}

void VideoPipeline::OnEncoded(std::size_t layer, const EncodedFrame& frame) {
  if (!active_[layer]) return;  // encoded before the layer was switched off
  if (frame.key_frame) gates_[layer].OnKeyFrame(Clock::now());
  callbacks_.on_frame(layer, frame);
}

void VideoPipeline::OnSubscribedQuality(const std::map<::livekit::VideoQuality, bool>& enabled) {
  if (!demand_) return;
  demand_->OnSubscribedQuality(enabled);
  ApplyDemand();
}

void VideoPipeline::ApplyDemand() {
  std::string active;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    active_[layer] = demand_->IsActive(layer);
    if (transcoder_) transcoder_->SetActive(layer, active_[layer]);
    if (active_[layer]) {
      active += (active.empty() ? "" : ",") + std::to_string(layers_[layer].height) + "p";
    }
  }
  logger_.Debug("layers wanted", {{"active", active.empty() ? "none" : active}});
}

void VideoPipeline::RequestKeyFrame(std::size_t layer, TimePoint now) {
  if (layer >= layers_.size() || !active_[layer] || !transcoder_) return;
  if (gates_[layer].Request(now)) transcoder_->RequestKeyFrame(layer);
}

void VideoPipeline::RequestKeyFrames(TimePoint now) {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) RequestKeyFrame(layer, now);
}

void VideoPipeline::Poll(TimePoint now) {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (gates_[layer].Poll(now) && active_[layer] && transcoder_) {
      transcoder_->RequestKeyFrame(layer);
    }
  }
}

}  // namespace ingress::handler
