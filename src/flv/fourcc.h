#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/encoded_frame.h"

namespace ingress::flv {

/// Four characters naming a codec, the first in the most significant byte (Enhanced RTMP v2).
using FourCc = std::uint32_t;

constexpr FourCc MakeFourCc(std::string_view text) {
  FourCc value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(i < text.size() ? text[i] : ' ');
  }
  return value;
}

constexpr FourCc kAvc1 = MakeFourCc("avc1");
constexpr FourCc kHvc1 = MakeFourCc("hvc1");
constexpr FourCc kVvc1 = MakeFourCc("vvc1");
constexpr FourCc kAv01 = MakeFourCc("av01");
constexpr FourCc kVp08 = MakeFourCc("vp08");
constexpr FourCc kVp09 = MakeFourCc("vp09");

constexpr FourCc kOpus = MakeFourCc("Opus");
constexpr FourCc kFlac = MakeFourCc("fLaC");
constexpr FourCc kAc3 = MakeFourCc("ac-3");
constexpr FourCc kEac3 = MakeFourCc("ec-3");
constexpr FourCc kMp3 = MakeFourCc(".mp3");
constexpr FourCc kMp4a = MakeFourCc("mp4a");

/// Its four characters, for people; a question mark for each that cannot be printed.
std::string ToText(FourCc fourcc);

/// The codec we know under that name; empty for the others.
std::optional<VideoCodec> VideoCodecOf(FourCc fourcc);
std::optional<AudioCodec> AudioCodecOf(FourCc fourcc);

}  // namespace ingress::flv
