#include "domain/encoding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ingress {
namespace {

constexpr double kDefaultFrameRate = 30;
constexpr std::uint32_t kDefaultTopBitrate = 1'700'000;  // of custom options without layers
constexpr double kBitrateExponent = 0.75;

struct VideoPreset {
  ::livekit::IngressVideoEncodingPreset id;
  std::uint32_t width;
  std::uint32_t height;
  double frame_rate;
  std::uint32_t bitrate;  // of the top layer
  int layers;
};

constexpr std::array<VideoPreset, 10> kVideoPresets = {{
    {::livekit::H264_720P_30FPS_3_LAYERS, 1280, 720, 30, 1'900'000, 3},
    {::livekit::H264_1080P_30FPS_3_LAYERS, 1920, 1080, 30, 3'500'000, 3},
    {::livekit::H264_540P_25FPS_2_LAYERS, 960, 540, 25, 1'000'000, 2},
    {::livekit::H264_720P_30FPS_1_LAYER, 1280, 720, 30, 1'900'000, 1},
    {::livekit::H264_1080P_30FPS_1_LAYER, 1920, 1080, 30, 3'500'000, 1},
    {::livekit::H264_720P_30FPS_3_LAYERS_HIGH_MOTION, 1280, 720, 30, 2'500'000, 3},
    {::livekit::H264_1080P_30FPS_3_LAYERS_HIGH_MOTION, 1920, 1080, 30, 4'500'000, 3},
    {::livekit::H264_540P_25FPS_2_LAYERS_HIGH_MOTION, 960, 540, 25, 1'300'000, 2},
    {::livekit::H264_720P_30FPS_1_LAYER_HIGH_MOTION, 1280, 720, 30, 2'500'000, 1},
    {::livekit::H264_1080P_30FPS_1_LAYER_HIGH_MOTION, 1920, 1080, 30, 4'500'000, 1},
}};

// `count` layers, LOW first, each half as wide and high as the one above. Two layers are LOW and
// HIGH: LiveKit numbers the derived ones from below.
std::vector<LayerSpec> DeriveLayers(const BitrateReference& top, int count) {
  std::vector<LayerSpec> layers;
  for (int step = count - 1; step > 0; --step) {
    const std::uint32_t width = top.width >> step;
    const std::uint32_t height = top.height >> step;
    layers.push_back({.quality = static_cast<LayerQuality>(count - 1 - step),
                      .width = width,
                      .height = height,
                      .bitrate = ScaledBitrate(top, top.frame_rate, width, height)});
  }
  layers.push_back({.quality = LayerQuality::kHigh,
                    .width = top.width,
                    .height = top.height,
                    .bitrate = top.bitrate});
  return layers;
}

Result<void> ApplyPreset(::livekit::IngressVideoEncodingPreset id, VideoEncoding& encoding) {
  const auto* preset = std::ranges::find(kVideoPresets, id, &VideoPreset::id);
  if (preset == kVideoPresets.end()) {
    return Fail(ErrorCode::kMalformed, "invalid video encoding preset");
  }
  encoding.frame_rate = preset->frame_rate;
  encoding.layers = DeriveLayers({.bitrate = preset->bitrate,
                                  .frame_rate = preset->frame_rate,
                                  .width = preset->width,
                                  .height = preset->height},
                                 preset->layers);
  return {};
}

std::vector<LayerSpec> CustomLayers(const ::livekit::IngressVideoEncodingOptions& options,
                                    double frame_rate) {
  std::vector<LayerSpec> layers;
  for (const auto& [asked, quality] : {std::pair{::livekit::LOW, LayerQuality::kLow},
                                       {::livekit::MEDIUM, LayerQuality::kMedium},
                                       {::livekit::HIGH, LayerQuality::kHigh}}) {
    for (const ::livekit::VideoLayer& layer : options.layers()) {
      if (layer.quality() != asked) continue;
      const std::uint32_t formula = ScaledBitrate({}, frame_rate, layer.width(), layer.height());
      layers.push_back({.quality = quality,
                        .width = layer.width(),
                        .height = layer.height(),
                        .bitrate = layer.bitrate() == 0
                                       ? formula
                                       : std::min(layer.bitrate(), kMaxVideoBitrate)});
    }
  }
  return layers;
}

Result<void> ApplyOptions(const ::livekit::IngressVideoEncodingOptions& options,
                          VideoEncoding& encoding) {
  switch (options.video_codec()) {
    case ::livekit::DEFAULT_VC:
      break;
    case ::livekit::H264_BASELINE:
      encoding.codec = RequestedVideoCodec::kH264Baseline;
      break;
    case ::livekit::VP8:
      encoding.codec = RequestedVideoCodec::kVp8;
      break;
    default:
      return Fail(ErrorCode::kUnsupported, "video codec unsupported");
  }
  // Written so that NaN gets the default too.
  encoding.frame_rate =
      options.frame_rate() > 0 ? std::min(options.frame_rate(), kMaxFrameRate) : kDefaultFrameRate;
  if (options.layers().empty()) {
    encoding.layers = DeriveLayers({.bitrate = kDefaultTopBitrate,
                                    .frame_rate = encoding.frame_rate,
                                    .width = 1280,
                                    .height = 720},
                                   3);
    return {};
  }
  encoding.layers = CustomLayers(options, encoding.frame_rate);
  if (encoding.layers.empty()) return Fail(ErrorCode::kMalformed, "invalid video options");
  return {};
}

}  // namespace

std::uint32_t ScaledBitrate(const BitrateReference& reference, double frame_rate,
                            std::uint32_t width, std::uint32_t height) {
  const double area = static_cast<double>(width) * height;
  const double reference_area = static_cast<double>(reference.width) * reference.height;
  const double bitrate = reference.bitrate *
                         std::pow(frame_rate / reference.frame_rate, kBitrateExponent) *
                         std::pow(area / reference_area, kBitrateExponent);
  return static_cast<std::uint32_t>(std::clamp<double>(bitrate, 1, kMaxVideoBitrate));
}

Result<VideoEncoding> ResolveVideoEncoding(const ::livekit::IngressVideoOptions& options) {
  VideoEncoding encoding;
  encoding.name = options.name();
  if (options.source() != ::livekit::UNKNOWN) encoding.source = options.source();
  const auto applied = options.has_options() ? ApplyOptions(options.options(), encoding)
                                             : ApplyPreset(options.preset(), encoding);
  if (!applied) return std::unexpected(applied.error());
  return encoding;
}

Result<AudioEncoding> ResolveAudioEncoding(const ::livekit::IngressAudioOptions& options) {
  AudioEncoding encoding;
  encoding.name = options.name();
  if (options.source() != ::livekit::UNKNOWN) encoding.source = options.source();
  std::uint32_t bitrate = 0;
  if (options.has_options()) {
    const auto& custom = options.options();
    if (custom.audio_codec() != ::livekit::DEFAULT_AC && custom.audio_codec() != ::livekit::OPUS) {
      return Fail(ErrorCode::kUnsupported, "audio codec unsupported");
    }
    encoding.channels = custom.channels() == 1 ? 1 : 2;
    encoding.dtx = !custom.disable_dtx();
    bitrate = custom.bitrate();
  } else if (options.preset() == ::livekit::OPUS_MONO_64KBS) {
    encoding.channels = 1;
  } else if (options.preset() != ::livekit::OPUS_STEREO_96KBPS) {
    return Fail(ErrorCode::kMalformed, "invalid audio encoding preset");
  }
  const std::uint32_t fallback = encoding.channels == 1 ? 64'000 : 96'000;
  encoding.bitrate =
      bitrate == 0 ? fallback : std::clamp(bitrate, kMinAudioBitrate, kMaxAudioBitrate);
  return encoding;
}

}  // namespace ingress
