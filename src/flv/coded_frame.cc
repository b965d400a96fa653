#include "flv/coded_frame.h"

#include "flv/audio_tag.h"
#include "flv/video_tag.h"

namespace ingress::flv {

bool HoldsCodedFrame(TagType type, ByteView body) {
  if (type == TagType::kAudio) {
    const auto tag = ParseAudioTag(body);
    return tag && tag->kind == AudioTag::Kind::kCodedFrame && !tag->data.empty();
  }
  if (type == TagType::kVideo) {
    const auto tag = ParseVideoTag(body);
    return tag && tag->kind == VideoTag::Kind::kCodedFrame && !tag->data.empty();
  }
  return false;
}

}  // namespace ingress::flv
