#include "livekit/track_request.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace ingress::livekit {
namespace {

void FillLayer(const VideoLayer& layer, ::livekit::VideoLayer& out) {
  out.set_quality(layer.quality);
  out.set_width(layer.width);
  out.set_height(layer.height);
  out.set_bitrate(layer.bitrate);
}

}  // namespace

std::vector<std::string> RidsFor(std::size_t layers) {
  if (layers < 2) return {};
  const std::vector<std::string> known = {"q", "h", "f"};
  return {known.begin(),
          known.begin() + static_cast<std::ptrdiff_t>(std::min(layers, known.size()))};
}

std::string_view MimeTypeOf(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return "video/H264";
    case VideoCodec::kVp8:
      return "video/VP8";
    case VideoCodec::kHevc:
    case VideoCodec::kVp9:
    case VideoCodec::kAv1:
      return {};
  }
  return {};
}

bool TakesCodec(const std::vector<std::string>& publish_codecs, std::string_view mime_type) {
  if (publish_codecs.empty()) return true;
  return std::ranges::any_of(publish_codecs, [mime_type](const std::string& enabled) {
    return EqualsIgnoringCase(enabled, mime_type);
  });
}

::livekit::AddTrackRequest VideoTrackRequest(const VideoTrackOptions& options, std::string cid) {
  ::livekit::AddTrackRequest request;
  request.set_cid(cid);
  request.set_name(options.name);
  request.set_type(::livekit::VIDEO);
  request.set_source(options.source == ::livekit::UNKNOWN ? ::livekit::CAMERA : options.source);
  for (const VideoLayer& layer : options.layers) {
    request.set_width(std::max(request.width(), layer.width));
    request.set_height(std::max(request.height(), layer.height));
    FillLayer(layer, *request.add_layers());
  }
  ::livekit::SimulcastCodec& codec = *request.add_simulcast_codecs();
  codec.set_codec(options.codec == VideoCodec::kVp8 ? "vp8" : "h264");
  codec.set_cid(std::move(cid));
  *codec.mutable_layers() = request.layers();
  codec.set_video_layer_mode(::livekit::VideoLayer::ONE_SPATIAL_LAYER_PER_STREAM);
  return request;
}

::livekit::AddTrackRequest AudioTrackRequest(const AudioTrackOptions& options, std::string cid) {
  ::livekit::AddTrackRequest request;
  request.set_cid(std::move(cid));
  request.set_name(options.name);
  request.set_type(::livekit::AUDIO);
  request.set_source(options.source == ::livekit::UNKNOWN ? ::livekit::MICROPHONE : options.source);
  // The old booleans as well: servers before 1.9 know nothing else.
  request.set_stereo(options.stereo);
  request.set_disable_dtx(!options.dtx);
  if (options.stereo) request.add_audio_features(::livekit::TF_STEREO);
  if (!options.dtx) request.add_audio_features(::livekit::TF_NO_DTX);
  return request;
}

}  // namespace ingress::livekit
