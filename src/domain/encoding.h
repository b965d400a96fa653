#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/layer_spec.h"
#include "livekit_ingress.pb.h"

namespace ingress {

/// What the ingress' owner asked for. A preset asks for H.264 without naming a profile.
enum class RequestedVideoCodec : std::uint8_t {
  kDefault,       // H.264 of any profile; VP8 in a room without H.264
  kH264Baseline,  // constrained baseline, asked for by name
  kVp8,
};

struct VideoEncoding {
  std::string name;
  ::livekit::TrackSource source = ::livekit::CAMERA;
  RequestedVideoCodec codec = RequestedVideoCodec::kDefault;
  double frame_rate = 30;         // frames per second, above 0; a ceiling
  std::vector<LayerSpec> layers;  // LOW first; at least one
};

struct AudioEncoding {
  std::string name;
  ::livekit::TrackSource source = ::livekit::MICROPHONE;
  std::uint32_t channels = 2;      // 1 or 2
  std::uint32_t bitrate = 96'000;  // bits per second
  bool dtx = true;
};

// Requests outside these are cut to them.
inline constexpr double kMaxFrameRate = 240;
inline constexpr std::uint32_t kMaxVideoBitrate = 500'000'000;  // bits per second
inline constexpr std::uint32_t kMinAudioBitrate = 6'000;        // Opus' range, RFC 6716 §2.1.1
inline constexpr std::uint32_t kMaxAudioBitrate = 510'000;

/// A picture whose bitrate is known to suit it.
struct BitrateReference {
  std::uint32_t bitrate = 3'500'000;  // bits per second
  double frame_rate = 30;
  std::uint32_t width = 1920;
  std::uint32_t height = 1080;
};

/// The bitrate that suits `width` × `height` at `frame_rate`, judged by `reference`: the ratios of
/// frame rates and of areas count to the power of 0.75, because a larger or faster picture has more
/// redundancy. Rounded down; within 1 and kMaxVideoBitrate.
std::uint32_t ScaledBitrate(const BitrateReference& reference, double frame_rate,
                            std::uint32_t width, std::uint32_t height);

/// Presets, custom options and defaults made explicit. Expects options that ValidateIngress()
/// passed; what the owner left out (codec, frame rate, layers, bitrates, source) gets its default.
/// Layers of a quality other than LOW, MEDIUM and HIGH are left out.
/// Errors: kMalformed for an unknown preset, kUnsupported for another codec, kMalformed when no
/// layer is left, with the texts of the Go service.
Result<VideoEncoding> ResolveVideoEncoding(const ::livekit::IngressVideoOptions& options);
Result<AudioEncoding> ResolveAudioEncoding(const ::livekit::IngressAudioOptions& options);

}  // namespace ingress
