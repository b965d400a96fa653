#include <memory>
#include <string>
#include <utility>

#include "media/gst/encoder_settings.h"
#include "media/gst/runtime.h"
#include "media/gst/transcoder.h"
#include "media/gst_abi.h"

namespace ingress::media::gst {
namespace {

Result<void> CheckVersion(std::uint32_t abi_version) {
  if (abi_version == kGstAbiVersion) return {};
  return Fail(ErrorCode::kInternal, "libingress_gst.so has version " +
                                        std::to_string(kGstAbiVersion) + ", the program wants " +
                                        std::to_string(abi_version));
}

/// Why the host cannot encode `codec`; empty: it can. Loads the encoder's plugin.
std::string WhyMissing(VideoCodec codec) {
  constexpr VideoLayerSpec kSmall{.width = 320, .height = 180, .bitrate = 200'000};
  const auto made = MakeEncoder({.codec = codec, .layer = kSmall});
  return made ? std::string() : made.error().context;
}

/// All that is ever needed, because a transcoder's process can load nothing any more once it has
/// seen the stream.
Result<MissingEncoders> Load() {
  if (auto started = StartGstreamer(); !started) return std::unexpected(std::move(started.error()));
  return MissingEncoders{.h264 = WhyMissing(VideoCodec::kH264),
                         .vp8 = WhyMissing(VideoCodec::kVp8)};
}

}  // namespace
}  // namespace ingress::media::gst

extern "C" {

__attribute__((visibility("default"))) bool ingress_gst_load(
    std::uint32_t abi_version, ingress::media::MissingEncoders* missing, ingress::Error* error) {
  using namespace ingress::media::gst;
  if (auto checked = CheckVersion(abi_version); !checked) {
    *error = std::move(checked.error());
    return false;
  }
  auto loaded = Load();
  if (loaded) {
    *missing = std::move(*loaded);
  } else {
    *error = std::move(loaded.error());
  }
  return loaded.has_value();
}

__attribute__((visibility("default"))) ingress::media::VideoTranscoder*
ingress_gst_make_video_transcoder(std::uint32_t abi_version,
                                  ingress::media::VideoTranscoderOptions* options,
                                  ingress::media::VideoTranscoder::Callbacks* callbacks,
                                  ingress::Error* error) {
  using namespace ingress::media::gst;
  if (auto checked = CheckVersion(abi_version); !checked) {
    *error = std::move(checked.error());
    return nullptr;
  }
  auto made = Transcoder::Make(std::move(*options), std::move(*callbacks));
  if (made) return made->release();
  *error = std::move(made.error());
  return nullptr;
}

}  // extern "C"
