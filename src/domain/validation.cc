#include "domain/validation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace ingress {
namespace {

constexpr std::string_view kIngress = "invalid ingress: ";
constexpr std::string_view kVideo = "invalid video parameters: ";
constexpr std::string_view kAudio = "invalid audio parameters: ";
constexpr std::string_view kBypass = "invalid transcoding bypass configuration: ";

// LiveKit's text of the first rule that fails; empty when all hold.
using Verdict = std::optional<std::string>;

std::string Text(std::string_view prefix, std::string_view rule) {
  return std::string(prefix) + std::string(rule);
}

bool HasVideoEncoding(const ::livekit::IngressInfo& info) {
  return info.has_video() && info.video().encoding_options_case() !=
                                 ::livekit::IngressVideoOptions::ENCODING_OPTIONS_NOT_SET;
}

bool HasAudioEncoding(const ::livekit::IngressInfo& info) {
  return info.has_audio() && info.audio().encoding_options_case() !=
                                 ::livekit::IngressAudioOptions::ENCODING_OPTIONS_NOT_SET;
}

Verdict CheckIdentity(const ::livekit::IngressInfo& info) {
  if (info.room_name().empty()) return Text(kIngress, "no room name");
  switch (info.input_type()) {
    case ::livekit::RTMP_INPUT:
    case ::livekit::WHIP_INPUT:
      if (info.stream_key().empty()) return Text(kIngress, "no stream key");
      break;
    case ::livekit::URL_INPUT:
      if (info.url().empty()) return Text(kIngress, "no source URL");
      if (info.has_enabled() && !info.enabled()) {
        return Text(kIngress, "disabled non reusable ingress");
      }
      break;
    default:
      return Text(kIngress, "unsupported input type");
  }
  if (info.participant_identity().empty()) return Text(kIngress, "no participant identity");
  return {};
}

Verdict CheckTranscoding(const ::livekit::IngressInfo& info) {
  constexpr std::string_view kImpossible =
      "bypassing transcoding impossible with selected input type";
  const bool whip = info.input_type() == ::livekit::WHIP_INPUT;
  if (info.bypass_transcoding()) {
    constexpr std::string_view kRule =
        " encoding options must be empty if transcoding bypass is selected";
    if (!whip) return Text(kBypass, kImpossible);
    if (HasVideoEncoding(info)) return Text(kBypass, "video" + std::string(kRule));
    if (HasAudioEncoding(info)) return Text(kBypass, "audio" + std::string(kRule));
  }
  if (info.enable_transcoding()) return {};
  if (!whip) {
    return info.has_enable_transcoding() ? Verdict(Text(kBypass, kImpossible)) : std::nullopt;
  }
  constexpr std::string_view kRule = " encoding options must be empty if transcoding is disabled";
  if (HasVideoEncoding(info)) return Text(kBypass, "video" + std::string(kRule));
  if (HasAudioEncoding(info)) return Text(kBypass, "audio" + std::string(kRule));
  return {};
}

Verdict CheckLayerSizes(const ::livekit::IngressVideoEncodingOptions& options) {
  std::vector<::livekit::VideoQuality> seen;
  for (const ::livekit::VideoLayer& layer : options.layers()) {
    if (layer.width() == 0 || layer.height() == 0) {
      return Text(kVideo, "invalid output media dimensions");
    }
    if (layer.width() % 2 != 0) return Text(kIngress, "layer width must be even");
    if (layer.height() % 2 != 0) return Text(kIngress, "layer height must be even");
    if (std::ranges::find(seen, layer.quality()) != seen.end()) {
      return Text(kVideo, "more than one layer with the same quality level");
    }
    seen.push_back(layer.quality());
  }
  return {};
}

Verdict CheckLayerOrder(const ::livekit::IngressVideoEncodingOptions& options) {
  const ::livekit::VideoLayer* lower = nullptr;
  for (const auto quality : {::livekit::LOW, ::livekit::MEDIUM, ::livekit::HIGH}) {
    const auto layer = std::ranges::find(
        options.layers(), quality, [](const ::livekit::VideoLayer& one) { return one.quality(); });
    if (layer == options.layers().end()) continue;
    if (lower != nullptr && layer->height() < lower->height()) {
      return Text(kVideo, "video layers do not have increasing height with increasing quality");
    }
    if (lower != nullptr && layer->width() < lower->width()) {
      return Text(kVideo, "video layers do not have increasing width with increasing quality");
    }
    lower = &*layer;
  }
  return {};
}

Verdict CheckVideo(const ::livekit::IngressVideoOptions& video) {
  constexpr std::array kSources = {::livekit::UNKNOWN, ::livekit::CAMERA, ::livekit::SCREEN_SHARE};
  if (std::ranges::find(kSources, video.source()) == kSources.end()) {
    return Text(kVideo, "invalid track source");
  }
  if (video.has_preset() && !::livekit::IngressVideoEncodingPreset_IsValid(video.preset())) {
    return Text(kVideo, "invalid preset");
  }
  if (!video.has_options()) return {};
  const ::livekit::IngressVideoEncodingOptions& options = video.options();
  if (options.frame_rate() < 0) return Text(kVideo, "invalid framerate");
  constexpr std::array kCodecs = {::livekit::DEFAULT_VC, ::livekit::H264_BASELINE, ::livekit::VP8};
  if (std::ranges::find(kCodecs, options.video_codec()) == kCodecs.end()) {
    return Text(kVideo, "video codec unsupported");
  }
  if (Verdict sizes = CheckLayerSizes(options)) return sizes;
  return CheckLayerOrder(options);
}

Verdict CheckAudio(const ::livekit::IngressAudioOptions& audio) {
  constexpr std::array kSources = {::livekit::UNKNOWN, ::livekit::MICROPHONE,
                                   ::livekit::SCREEN_SHARE_AUDIO};
  if (std::ranges::find(kSources, audio.source()) == kSources.end()) {
    return Text(kAudio, "invalid track source");
  }
  if (audio.has_preset() && !::livekit::IngressAudioEncodingPreset_IsValid(audio.preset())) {
    return Text(kAudio, "invalid preset");
  }
  if (!audio.has_options()) return {};
  const auto codec = audio.options().audio_codec();
  if (codec != ::livekit::DEFAULT_AC && codec != ::livekit::OPUS) {
    return Text(kAudio, "audio codec unsupported");
  }
  if (audio.options().channels() > 2) return Text(kAudio, "invalid audio channel count");
  return {};
}

Verdict FirstFailure(const ::livekit::IngressInfo& info) {
  if (Verdict failed = CheckIdentity(info)) return failed;
  if (Verdict failed = CheckTranscoding(info)) return failed;
  if (info.has_video()) {
    if (Verdict failed = CheckVideo(info.video())) return failed;
  }
  if (info.has_audio()) return CheckAudio(info.audio());
  return {};
}

}  // namespace

std::expected<void, PsrpcFault> ValidateIngress(const ::livekit::IngressInfo& info) {
  if (Verdict failed = FirstFailure(info)) {
    return std::unexpected(PsrpcFault{.code = "invalid_argument", .message = *failed});
  }
  return {};
}

std::expected<void, Failure> CheckPush(const ::livekit::IngressInfo& info, InputKind via) {
  if (info.has_enabled() && !info.enabled()) {
    return std::unexpected(Failure(FailureCode::kIngressDisabled));
  }
  if (auto valid = ValidateIngress(info); !valid) {
    return std::unexpected(Failure(FailureCode::kInvalidOptions, valid.error().message,
                                   Traits(FailureCode::kInvalidOptions).remedy));
  }
  if (info.input_type() != Traits(via).livekit) return std::unexpected(WrongInputFailure(via));
  return {};
}

}  // namespace ingress
