#include "relay_client/flv_unit.h"

#include <chrono>
#include <string>
#include <utility>

#include "flv/audio_tag.h"
#include "flv/metadata.h"
#include "flv/video_tag.h"

namespace ingress::relay_client {
namespace {

/// `data` lies in `body`, or is nothing.
stream::Payload Carry(Bytes body, ByteView data) {
  if (data.empty()) return {};
  const auto at = static_cast<std::size_t>(data.data() - body.data());
  return {std::move(body), at, data.size()};
}

std::string NameOf(const flv::VideoTag& tag) {
  if (tag.fourcc != 0) return "FourCC " + flv::ToText(tag.fourcc);
  return "FLV codec id " + std::to_string(tag.codec_id);
}

std::optional<stream::VideoUnit::Kind> KindOf(const flv::VideoTag& tag) {
  using Kind = stream::VideoUnit::Kind;
  switch (tag.kind) {
    case flv::VideoTag::Kind::kSequenceHeader:
      return Kind::kFormat;
    case flv::VideoTag::Kind::kCodedFrame:
      return Kind::kFrame;
    case flv::VideoTag::Kind::kEndOfSequence:
      return Kind::kEndOfSequence;
    case flv::VideoTag::Kind::kMetadata:
    case flv::VideoTag::Kind::kCommand:
    case flv::VideoTag::Kind::kIgnored:
      break;
  }
  return std::nullopt;
}

std::optional<stream::AudioUnit::Kind> KindOf(const flv::AudioTag& tag) {
  using Kind = stream::AudioUnit::Kind;
  switch (tag.kind) {
    case flv::AudioTag::Kind::kSequenceHeader:
      return Kind::kFormat;
    case flv::AudioTag::Kind::kCodedFrame:
      return Kind::kFrame;
    case flv::AudioTag::Kind::kMultichannelConfig:
      return Kind::kChannels;
    case flv::AudioTag::Kind::kEndOfSequence:
      return Kind::kEndOfSequence;
    case flv::AudioTag::Kind::kIgnored:
      break;
  }
  return std::nullopt;
}

std::optional<stream::Unit> MakeVideoUnit(flv::Tag tag) {
  auto video = flv::ParseVideoTag(tag.payload);
  if (!video) {
    return stream::Unreadable{.kind = TrackKind::kVideo, .why = std::move(video.error())};
  }
  const auto kind = KindOf(*video);
  if (!kind) return std::nullopt;
  return stream::VideoUnit{
      .kind = *kind,
      .codec = video->codec,
      .codec_name = video->codec ? std::string() : NameOf(*video),
      .key_frame = video->key_frame,
      .dts = {.ticks = tag.timestamp, .clock = kFlvClock},
      .composition = std::chrono::milliseconds(video->composition_time_ms) +
                     std::chrono::nanoseconds(video->presentation_offset_ns),
      .payload = Carry(std::move(tag.payload), video->data),
  };
}

std::optional<stream::Unit> MakeAudioUnit(flv::Tag tag) {
  auto audio = flv::ParseAudioTag(tag.payload);
  if (!audio) {
    return stream::Unreadable{.kind = TrackKind::kAudio, .why = std::move(audio.error())};
  }
  const auto kind = KindOf(*audio);
  if (!kind) return std::nullopt;
  return stream::AudioUnit{
      .kind = *kind,
      .codec = audio->codec,
      .codec_name = audio->codec ? std::string() : flv::CodecLabel(*audio),
      .sample_rate = audio->sample_rate,
      .channels = audio->channels,
      .dts = {.ticks = tag.timestamp, .clock = kFlvClock},
      .composition = std::chrono::nanoseconds(audio->presentation_offset_ns),
      .payload = Carry(std::move(tag.payload), audio->data),
  };
}

/// A hint that we can do without when it is damaged.
std::optional<stream::Unit> MakeMetadata(const flv::Tag& tag) {
  auto flv = flv::ParseMetadata(tag.payload);
  if (!flv) return std::nullopt;
  stream::Metadata metadata{.encoder = std::move(flv->encoder), .tracks = {}};
  // Metadata that name one codec and not the other tell which tracks there are; without any they
  // tell nothing.
  const bool video = !flv->video_codec_id.empty();
  const bool audio = !flv->audio_codec_id.empty();
  if (video || audio) metadata.tracks = {.video = video, .audio = audio};
  return metadata;
}

}  // namespace

std::optional<stream::Unit> MakeUnit(flv::Tag tag) {
  if (tag.payload.empty()) return std::nullopt;
  switch (tag.type) {
    case flv::TagType::kVideo:
      return MakeVideoUnit(std::move(tag));
    case flv::TagType::kAudio:
      return MakeAudioUnit(std::move(tag));
    case flv::TagType::kScript:
      return MakeMetadata(tag);
  }
  return std::nullopt;
}

}  // namespace ingress::relay_client
