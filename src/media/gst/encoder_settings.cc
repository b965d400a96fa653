#include "media/gst/encoder_settings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/gst/runtime.h"

namespace ingress::media::gst {
namespace {

constexpr double kKeyFrameSeconds = 10;  // a fallback: key frames come when viewers ask
constexpr int kVbvMilliseconds = 1000;

const char* CapsOf(H264Profile profile) {
  switch (profile) {
    case H264Profile::kBaseline:
      return "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline";
    case H264Profile::kMain:
      return "video/x-h264,stream-format=byte-stream,alignment=au,profile=main";
    case H264Profile::kHigh:
      return "video/x-h264,stream-format=byte-stream,alignment=au,profile=high";
  }
  return "video/x-h264";
}

guint KeyFrameDistance(double max_frame_rate) {
  return static_cast<guint>(std::max(1.0, max_frame_rate * kKeyFrameSeconds));
}

guint Kilobits(int bits_per_second) {
  return static_cast<guint>(std::max(1, bits_per_second / 1000));
}

Result<EncoderElement> MakeX264(H264Profile profile, const VideoLayerSpec& layer,
                                double max_frame_rate) {
  auto element = MakeElement("x264enc", "libgstx264.so");
  if (!element) return std::unexpected(std::move(element.error()));
  GstElement* x264 = element->get();
  gst_util_set_object_arg(G_OBJECT(x264), "speed-preset", "superfast");
  // What tune=zerolatency does but for its sliced threads, which cost picture and time: one thread
  // a layer is enough. force-cfr keeps x264 from waiting for the next picture's time.
  g_object_set(x264, "threads", 1U, "sliced-threads", FALSE, "sync-lookahead", 0, "rc-lookahead", 0,
               "bframes", 0U, "mb-tree", FALSE, "dct8x8",
               profile == H264Profile::kHigh ? TRUE : FALSE, "option-string",
               "scenecut=0:open-gop=0:force-cfr=1", nullptr);
  g_object_set(x264, "bitrate", Kilobits(layer.bitrate), "vbv-buf-capacity", kVbvMilliseconds,
               "key-int-max", KeyFrameDistance(max_frame_rate), "byte-stream", TRUE, "aud", FALSE,
               nullptr);
  return EncoderElement{std::move(*element),
                        GstPtr<GstCaps>(gst_caps_from_string(CapsOf(profile)))};
}

Result<EncoderElement> MakeVp8(const VideoLayerSpec& layer, double max_frame_rate) {
  auto element = MakeElement("vp8enc", "libgstvpx.so");
  if (!element) return std::unexpected(std::move(element.error()));
  GstElement* vp8 = element->get();
  g_object_set(vp8, "deadline", gint64{1}, "cpu-used", -6, "threads", 1, "lag-in-frames", 0,
               "target-bitrate", layer.bitrate, "keyframe-max-dist",
               static_cast<int>(KeyFrameDistance(max_frame_rate)), "buffer-initial-size", 500,
               "buffer-optimal-size", 600, "buffer-size", 1000, nullptr);
  gst_util_set_object_arg(G_OBJECT(vp8), "end-usage", "cbr");
  return EncoderElement{std::move(*element), GstPtr<GstCaps>(gst_caps_from_string("video/x-vp8"))};
}

}  // namespace

Result<EncoderElement> MakeEncoder(VideoCodec codec, H264Profile profile,
                                   const VideoLayerSpec& layer, double max_frame_rate) {
  switch (codec) {
    case VideoCodec::kH264:
      return MakeX264(profile, layer, max_frame_rate);
    case VideoCodec::kVp8:
      return MakeVp8(layer, max_frame_rate);
    default:
      return Fail(ErrorCode::kUnsupported, "only H.264 and VP8 are encoded");
  }
}

void SetBitrate(GstElement* encoder, VideoCodec codec, int bits_per_second) {
  if (codec == VideoCodec::kH264) {
    g_object_set(encoder, "bitrate", Kilobits(bits_per_second), nullptr);
  } else {
    g_object_set(encoder, "target-bitrate", bits_per_second, nullptr);
  }
}

}  // namespace ingress::media::gst
