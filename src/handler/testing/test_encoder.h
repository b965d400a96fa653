#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "codec/avc_config.h"
#include "codec/testing/nal_units.h"
#include "stream/testing/timestamps.h"
#include "stream/unit.h"

namespace ingress::handler {

/// What an encoder sends, as a session takes it: H.264 of the baseline profile, which passes
/// through, and Opus. Times are milliseconds of the encoder's clock.
class TestEncoder {
 public:
  using Milliseconds = std::chrono::milliseconds;

  static stream::Unit VideoHeader(std::uint32_t width = 640, std::uint32_t height = 368) {
    return stream::VideoUnit{
        .kind = stream::VideoUnit::Kind::kFormat,
        .codec = VideoCodec::kH264,
        .payload =
            stream::Payload(codec::SerializeAvcConfig({.profile_idc = 66,
                                                       .sps = {codec::MakeSps(0, width, height)},
                                                       .pps = {codec::MakePps(0, 0)}}))};
  }
  static stream::Unit Picture(bool key, Milliseconds at, std::uint32_t number = 0) {
    Bytes slice = codec::MakeSlice(key, 0);
    AddNumber(number, slice);
    return Frame(key, codec::Prefixed({slice}), at);
  }
  /// Numbers a picture, by four bytes at the end of its slice.
  static void AddNumber(std::uint32_t number, Bytes& slice) {
    for (int shift = 21; shift >= 0; shift -= 7) {
      slice.push_back(static_cast<std::uint8_t>(0x80 | (number >> shift & 0x7f)));
    }
  }
  /// The number of a picture, by the end of what was sent of it.
  static std::uint32_t NumberOf(ByteView sent) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : sent.last(4)) number = number << 7 | (byte & 0x7fU);
    return number;
  }
  static stream::Unit AudioHeader() {
    return stream::AudioUnit{.kind = stream::AudioUnit::Kind::kFormat, .codec = AudioCodec::kOpus};
  }
  /// 20 ms of silence: one frame of CELT.
  static stream::Unit Audio(Milliseconds at) {
    return stream::AudioUnit{
        .codec = AudioCodec::kOpus, .dts = At(at), .payload = stream::Payload({0xF8, 0xFF, 0xFE})};
  }
  /// What says that these tracks will come.
  static stream::Unit Metadata(bool video, bool audio) {
    return stream::Metadata{.encoder = {},
                            .tracks = stream::Metadata::Tracks{.video = video, .audio = audio}};
  }
  /// A message of the video track that is none.
  static stream::Unit Garbage(Milliseconds at) {
    return Frame(true, {0xff, 0xff, 0xff, 0xff, 0x65}, at);
  }

 private:
  static stream::Timestamp At(Milliseconds at) {
    return stream::AtMs(static_cast<std::uint32_t>(at.count()));
  }
  static stream::Unit Frame(bool key, Bytes data, Milliseconds at) {
    return stream::VideoUnit{.codec = VideoCodec::kH264,
                             .key_frame = key,
                             .dts = At(at),
                             .payload = stream::Payload(std::move(data))};
  }
};

}  // namespace ingress::handler
