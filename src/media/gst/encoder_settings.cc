#include "media/gst/encoder_settings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/gst/runtime.h"

namespace ingress::media::gst {
namespace {

constexpr double kKeyFrameSeconds = 10;  // a fallback: key frames come when viewers ask
// Of the bitrate: what a key frame may take at most. Each was measured with its encoder.
constexpr int kX264VbvMilliseconds = 700;
constexpr int kVp8BufferMilliseconds = 500;

/// From here on bits are plenty and time is short: CAVLC instead of CABAC.
bool IsLarge(const VideoLayerSpec& layer) { return layer.width * layer.height >= 1'500'000; }

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

/// Where x264 would take its code for 512-bit registers. It makes the same bits more slowly than
/// the code for 256-bit ones does.
bool HasWideRegisters() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

/// What GStreamer has no property for. docs/adr/0006-video-encoders.md tells how it was chosen.
std::string OptionsOf(const EncoderSettings& settings) {
  std::string options = "scenecut=0:open-gop=0:force-cfr=1:aq-mode=0:weightp=0";
  options += ":deadzone-inter=9:deadzone-intra=6:no-dct-decimate=1:deblock=-1,-1";
  if (HasWideRegisters()) options += ":asm=AVX2";
  if (settings.profile == H264Profile::kBaseline) return options + ":subme=2";
  return options + ":partitions=i8x8";
}

Result<EncoderElement> MakeX264(const EncoderSettings& settings) {
  auto element = MakeElement("x264enc", "libgstx264.so");
  if (!element) return std::unexpected(std::move(element.error()));
  GstElement* x264 = element->get();
  gst_util_set_object_arg(G_OBJECT(x264), "speed-preset", "superfast");
  // What tune=zerolatency does but for its sliced threads, which cost picture and time: one thread
  // a layer is enough. force-cfr keeps x264 from waiting for the next picture's time.
  const bool high = settings.profile == H264Profile::kHigh;
  g_object_set(x264, "threads", 1U, "sliced-threads", FALSE, "sync-lookahead", 0, "rc-lookahead", 0,
               "bframes", 0U, "mb-tree", FALSE, "dct8x8", high ? TRUE : FALSE, "cabac",
               IsLarge(settings.layer) ? FALSE : TRUE, "option-string", OptionsOf(settings).c_str(),
               nullptr);
  g_object_set(x264, "bitrate", Kilobits(settings.layer.bitrate), "vbv-buf-capacity",
               kX264VbvMilliseconds, "key-int-max", KeyFrameDistance(settings.max_frame_rate),
               "byte-stream", TRUE, "aud", FALSE, nullptr);
  return EncoderElement{std::move(*element),
                        GstPtr<GstCaps>(gst_caps_from_string(CapsOf(settings.profile))), true,
                        true};
}

Result<EncoderElement> MakeOpenH264(const EncoderSettings& settings) {
  auto element = MakeElement("openh264enc", "libgstopenh264.so");
  if (!element) return std::unexpected(std::move(element.error()));
  GstElement* openh264 = element->get();
  for (const auto& [name, value] : {std::pair{"rate-control", "bitrate"},
                                    {"complexity", "medium"},
                                    {"usage-type", "camera"},
                                    {"slice-mode", "n-slices"}}) {
    gst_util_set_object_arg(G_OBJECT(openh264), name, value);
  }
  g_object_set(openh264, "multi-thread", 1U, "num-slices", 1U, "gop-size",
               KeyFrameDistance(settings.max_frame_rate), "scene-change-detection", FALSE,
               "enable-frame-skip", FALSE, "background-detection", FALSE, "bitrate",
               static_cast<guint>(settings.layer.bitrate), nullptr);
  return EncoderElement{std::move(*element),
                        GstPtr<GstCaps>(gst_caps_from_string(CapsOf(settings.profile))), false,
                        false};
}

Result<EncoderElement> MakeH264(const EncoderSettings& settings) {
  if (settings.encoder == H264Encoder::kOpenH264) return MakeOpenH264(settings);
  auto x264 = MakeX264(settings);
  if (x264 || settings.encoder == H264Encoder::kX264) return x264;
  auto openh264 = MakeOpenH264(settings);
  if (openh264) return openh264;
  return Fail(ErrorCode::kUnsupported, x264.error().context + "; " + openh264.error().context);
}

Result<EncoderElement> MakeVp8(const EncoderSettings& settings) {
  auto element = MakeElement("vp8enc", "libgstvpx.so");
  if (!element) return std::unexpected(std::move(element.error()));
  GstElement* vp8 = element->get();
  g_object_set(vp8, "deadline", gint64{1}, "cpu-used", -6, "threads", 1, "lag-in-frames", 0,
               "target-bitrate", settings.layer.bitrate, "keyframe-max-dist",
               static_cast<int>(KeyFrameDistance(settings.max_frame_rate)), "buffer-initial-size",
               300, "buffer-optimal-size", 400, "buffer-size", kVp8BufferMilliseconds, "undershoot",
               100, "overshoot", 15, "min-quantizer", 2, "max-quantizer", 56, "static-threshold", 1,
               "max-intra-bitrate", 450, nullptr);
  gst_util_set_object_arg(G_OBJECT(vp8), "end-usage", "cbr");
  return EncoderElement{std::move(*element), GstPtr<GstCaps>(gst_caps_from_string("video/x-vp8")),
                        false, true};
}

std::string FactoryOf(GstElement* element) {
  return GST_OBJECT_NAME(gst_element_get_factory(element));
}

}  // namespace

Result<EncoderElement> MakeEncoder(const EncoderSettings& settings) {
  switch (settings.codec) {
    case VideoCodec::kH264:
      return MakeH264(settings);
    case VideoCodec::kVp8:
      return MakeVp8(settings);
    default:
      return Fail(ErrorCode::kUnsupported, "only H.264 and VP8 are encoded");
  }
}

void SetBitrate(GstElement* encoder, int bits_per_second) {
  const std::string factory = FactoryOf(encoder);
  if (factory == "vp8enc") {
    g_object_set(encoder, "target-bitrate", bits_per_second, nullptr);
  } else if (factory == "openh264enc") {
    g_object_set(encoder, "bitrate", static_cast<guint>(bits_per_second), nullptr);
  } else {
    g_object_set(encoder, "bitrate", Kilobits(bits_per_second), nullptr);
  }
}

}  // namespace ingress::media::gst
