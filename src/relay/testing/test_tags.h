#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "flv/tag.h"
#include "relay/headers.h"

// Tags for tests, and a short notation for them: "K@40" is a key frame at 40 ms, "i" an inter
// frame, "a" audio, "hv" and "ha" the video and audio sequence headers, "m" metadata.
namespace ingress::relay::testing {

inline Bytes WithSize(Bytes head, std::size_t size) {
  if (head.size() < size) head.resize(size, 0x5a);
  return head;
}

/// H.264, frame type 1, AVC NAL units, composition time 0.
inline flv::Tag Key(std::uint32_t timestamp, std::size_t size = 0) {
  return {flv::TagType::kVideo, timestamp, WithSize({0x17, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x65}, size)};
}
/// H.264, frame type 2.
inline flv::Tag Inter(std::uint32_t timestamp, std::size_t size = 0) {
  return {flv::TagType::kVideo, timestamp, WithSize({0x27, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x41}, size)};
}
/// H.264 sequence header; `profile` tells one from another.
inline flv::Tag VideoHeader(std::uint32_t timestamp, std::uint8_t profile = 0x42) {
  return {flv::TagType::kVideo,
          timestamp,
          {0x17, 0x00, 0, 0, 0, 1, profile, 0xc0, 0x1f, 0xff, 0xe0, 0}};
}
/// AAC, 44.1 kHz, stereo.
inline flv::Tag AudioHeader(std::uint32_t timestamp) {
  return {flv::TagType::kAudio, timestamp, {0xaf, 0x00, 0x12, 0x10}};
}
inline flv::Tag Audio(std::uint32_t timestamp, std::size_t size = 0) {
  return {flv::TagType::kAudio, timestamp, WithSize({0xaf, 0x01, 0x21}, size)};
}
/// onMetaData with an empty ECMA array.
inline flv::Tag Metadata(std::uint32_t timestamp) {
  Bytes body = {0x02, 0x00, 0x0a};
  for (const char letter : std::string_view("onMetaData")) body.push_back(letter);
  for (const int byte : {0x08, 0, 0, 0, 0, 0, 0, 0x09})
    body.push_back(static_cast<std::uint8_t>(byte));
  return {flv::TagType::kScript, timestamp, body};
}

inline std::string Notation(flv::TagType type, std::uint32_t timestamp, ByteView payload) {
  const TagClass kind = Classify(type, payload);
  std::string name = type == flv::TagType::kAudio ? "a" : "?";
  if (kind.key_frame) name = "K";
  if (kind.inter_frame) name = "i";
  if (kind.header == HeaderKind::kMetadata) name = "m";
  if (kind.header == HeaderKind::kVideoConfig) name = "hv";
  if (kind.header == HeaderKind::kAudioConfig) name = "ha";
  return name + "@" + std::to_string(timestamp);
}

inline std::vector<std::string> Notation(const std::vector<SharedTag>& tags) {
  std::vector<std::string> names;
  for (const SharedTag& tag : tags) {
    names.push_back(Notation(tag.type, tag.timestamp, *tag.payload));
  }
  return names;
}

inline std::vector<std::string> Notation(const std::vector<flv::Tag>& tags) {
  std::vector<std::string> names;
  for (const flv::Tag& tag : tags) names.push_back(Notation(tag.type, tag.timestamp, tag.payload));
  return names;
}

}  // namespace ingress::relay::testing
