#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "codec/avc_config.h"
#include "codec/nal_test_util.h"
#include "flv/tag.h"

namespace ingress::handler {

/// What an encoder sends, as a session takes it: H.264 of the baseline profile, which passes
/// through, and Opus. Times are milliseconds of the encoder's clock.
class TestEncoder {
 public:
  using Milliseconds = std::chrono::milliseconds;

  static flv::Tag VideoHeader(std::uint32_t width = 640, std::uint32_t height = 368) {
    return Video(0x17, 0,
                 codec::SerializeAvcConfig({.profile_idc = 66,
                                            .sps = {codec::MakeSps(0, width, height)},
                                            .pps = {codec::MakePps(0, 0)}}),
                 {});
  }
  static flv::Tag Picture(bool key, Milliseconds at, std::uint32_t number = 0) {
    Bytes slice = codec::MakeSlice(key, 0);
    for (int shift = 21; shift >= 0; shift -= 7) {
      slice.push_back(static_cast<std::uint8_t>(0x80 | (number >> shift & 0x7f)));
    }
    return Video(key ? 0x17 : 0x27, 1, codec::Prefixed({slice}), at);
  }
  /// The number of a picture, by the end of what was sent of it.
  static std::uint32_t NumberOf(ByteView sent) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : sent.last(4)) number = number << 7 | (byte & 0x7fU);
    return number;
  }
  static flv::Tag AudioHeader() { return Audio({0x90, 'O', 'p', 'u', 's'}, {}); }
  /// 20 ms of silence: one frame of CELT.
  static flv::Tag Sound(Milliseconds at) {
    return Audio({0x91, 'O', 'p', 'u', 's', 0xF8, 0xFF, 0xFE}, at);
  }
  /// onMetaData that names these tracks' codecs.
  static flv::Tag Metadata(bool video, bool audio) {
    Bytes body{0x02, 0x00, 0x0A};
    Append(body, "onMetaData");
    body.insert(body.end(), {0x08, 0, 0, 0, static_cast<std::uint8_t>(video + audio)});
    if (video) AppendTen(body, "videocodecid");
    if (audio) AppendTen(body, "audiocodecid");
    body.insert(body.end(), {0, 0, 9});
    return {.type = flv::TagType::kScript, .timestamp = 0, .payload = std::move(body)};
  }
  /// A message of the video track that is none.
  static flv::Tag Garbage(Milliseconds at) {
    return Video(0x17, 1, Bytes{0xff, 0xff, 0xff, 0xff, 0x65}, at);
  }

 private:
  static void Append(Bytes& body, std::string_view text) {
    body.insert(body.end(), text.begin(), text.end());
  }
  static void AppendTen(Bytes& body, std::string_view name) {
    body.push_back(0);
    body.push_back(static_cast<std::uint8_t>(name.size()));
    Append(body, name);
    body.insert(body.end(), {0x00, 0x40, 0x24, 0, 0, 0, 0, 0, 0});
  }
  static flv::Tag Video(std::uint8_t kind, std::uint8_t packet_type, const Bytes& data,
                        Milliseconds at) {
    Bytes body{kind, packet_type, 0, 0, 0};
    body.insert(body.end(), data.begin(), data.end());
    return {.type = flv::TagType::kVideo,
            .timestamp = static_cast<std::uint32_t>(at.count()),
            .payload = std::move(body)};
  }
  static flv::Tag Audio(std::initializer_list<std::uint8_t> body, Milliseconds at) {
    return {.type = flv::TagType::kAudio,
            .timestamp = static_cast<std::uint32_t>(at.count()),
            .payload = Bytes(body)};
  }
};

}  // namespace ingress::handler
