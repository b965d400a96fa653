#include "relay/headers.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "flv/audio_tag.h"
#include "flv/video_tag.h"

namespace ingress::relay {
namespace {

constexpr std::string_view kOnMetaData{"\x02\x00\x0aonMetaData", 13};  // AMF0 string of ten bytes

TagClass ClassifyVideo(ByteView payload) {
  const Result<flv::VideoTag> tag = flv::ParseVideoTag(payload);
  if (!tag) return {};
  switch (tag->kind) {
    case flv::VideoTag::Kind::kSequenceHeader:
      return {.header = HeaderKind::kVideoConfig};
    case flv::VideoTag::Kind::kMetadata:
      return {.header = HeaderKind::kVideoColour};
    case flv::VideoTag::Kind::kCodedFrame:
      return {.header = {}, .key_frame = tag->key_frame, .inter_frame = !tag->key_frame};
    default:
      return {};
  }
}

TagClass ClassifyAudio(ByteView payload) {
  const Result<flv::AudioTag> tag = flv::ParseAudioTag(payload);
  if (!tag) return {};
  switch (tag->kind) {
    case flv::AudioTag::Kind::kSequenceHeader:
      return {.header = HeaderKind::kAudioConfig};
    case flv::AudioTag::Kind::kMultichannelConfig:
      return {.header = HeaderKind::kAudioChannels};
    default:
      return {};
  }
}

}  // namespace

TagClass Classify(flv::TagType type, ByteView payload) {
  TagClass result;
  switch (type) {
    case flv::TagType::kVideo:
      result = ClassifyVideo(payload);
      break;
    case flv::TagType::kAudio:
      result = ClassifyAudio(payload);
      break;
    case flv::TagType::kScript:
      if (AsText(payload).starts_with(kOnMetaData)) result.header = HeaderKind::kMetadata;
      break;
  }
  if (payload.size() > kMaxHeaderSize) result.header.reset();
  return result;
}

void HeaderSet::Remember(HeaderKind kind, SharedTag tag) {
  tags_[static_cast<std::size_t>(kind)] = std::move(tag);
}

std::vector<SharedTag> HeaderSet::TakeAll() {
  std::vector<SharedTag> all;
  for (std::optional<SharedTag>& tag : tags_) {
    if (!tag) continue;
    all.push_back(std::move(*tag));
    tag.reset();
  }
  return all;
}

bool HeaderSet::empty() const {
  return std::ranges::none_of(tags_, [](const auto& tag) { return tag.has_value(); });
}

}  // namespace ingress::relay
