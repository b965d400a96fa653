#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace ingress::flv {

enum class TagType : std::uint8_t { kAudio = 8, kVideo = 9, kScript = 18 };

/// One FLV tag without its framing (FLV 10.1, annex E.4.1).
struct Tag {
  using Type = TagType;

  Type type = Type::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32; decoding time
  Bytes payload;                // the tag body: VIDEODATA, AUDIODATA or SCRIPTDATA
};

/// The largest tag bodies we read, in bytes; the same as for RTMP messages.
constexpr std::size_t kMaxVideoTagSize = 8 * 1024 * 1024;
constexpr std::size_t kMaxAudioTagSize = 1024 * 1024;
constexpr std::size_t kMaxScriptTagSize = 256 * 1024;

/// The limit for a tag or message of this type id; kMaxScriptTagSize for unknown ones.
constexpr std::size_t MaxTagSize(std::uint8_t type) {
  if (type == static_cast<std::uint8_t>(TagType::kVideo)) return kMaxVideoTagSize;
  if (type == static_cast<std::uint8_t>(TagType::kAudio)) return kMaxAudioTagSize;
  return kMaxScriptTagSize;
}

}  // namespace ingress::flv
