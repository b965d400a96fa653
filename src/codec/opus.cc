#include "codec/opus.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/byte_writer.h"

namespace ingress::codec {
namespace {

constexpr std::string_view kMagic = "OpusHead";
constexpr std::size_t kFixedSize = 19;  // up to and with the mapping family
constexpr auto kMaxDuration = std::chrono::milliseconds(120);

int LoadLittleEndian16(ByteView bytes) { return bytes[0] | bytes[1] << 8; }

/// RFC 6716 table 2: how long each of a packet's frames is.
std::chrono::microseconds FrameDuration(std::uint8_t toc) {
  const int config = toc >> 3;
  if (config >= 16) return std::chrono::microseconds(2500 << (config & 3));   // CELT
  if (config >= 12) return std::chrono::microseconds(10000 << (config & 1));  // hybrid
  const int step = config & 3;                                                // SILK
  return std::chrono::microseconds(step == 3 ? 60000 : 10000 << step);
}

}  // namespace

Result<OpusHead> ParseOpusHead(ByteView header) {
  if (header.size() < kFixedSize || !AsText(header).starts_with(kMagic)) {
    return Fail(ErrorCode::kMalformed, "OpusHead of " + std::to_string(header.size()) + " bytes");
  }
  OpusHead head;
  head.version = header[8];
  head.channels = header[9];
  head.pre_skip = LoadLittleEndian16(header.subspan(10));
  head.input_sample_rate =
      static_cast<int>((LoadLittleEndian16(header.subspan(12)) |
                        static_cast<std::uint32_t>(LoadLittleEndian16(header.subspan(14))) << 16) &
                       0x7fffffffU);
  head.output_gain = static_cast<std::int16_t>(LoadLittleEndian16(header.subspan(16)));
  head.mapping_family = header[18];
  if (head.version > 15 || head.channels == 0) {
    return Fail(ErrorCode::kUnsupported, "OpusHead: version " + std::to_string(head.version) +
                                             ", channels " + std::to_string(head.channels));
  }
  if (head.mapping_family == 0) {
    head.coupled_streams = head.channels == 2 ? 1 : 0;
    return head;
  }
  if (header.size() < kFixedSize + 2 + static_cast<std::size_t>(head.channels)) {
    return Fail(ErrorCode::kMalformed, "OpusHead: channel mapping is cut off");
  }
  head.streams = header[19];
  head.coupled_streams = header[20];
  return head;
}

Bytes MakeOpusHead(int channels) {
  struct Mapping {
    std::uint8_t streams;
    std::uint8_t coupled_streams;
    std::array<std::uint8_t, 8> order;
  };
  // What libopus' surround encoder makes of the channels, in the order of Vorbis.
  constexpr std::array<Mapping, 8> kMappings = {{{1, 0, {0}},
                                                 {1, 1, {0, 1}},
                                                 {2, 1, {0, 2, 1}},
                                                 {2, 2, {0, 1, 2, 3}},
                                                 {3, 2, {0, 4, 1, 2, 3}},
                                                 {4, 2, {0, 4, 1, 2, 3, 5}},
                                                 {4, 3, {0, 4, 1, 2, 3, 5, 6}},
                                                 {5, 3, {0, 6, 1, 2, 3, 4, 5, 7}}}};
  if (channels < 1 || channels > static_cast<int>(kMappings.size())) return {};
  const auto count = static_cast<std::uint8_t>(channels);
  const Mapping& mapping = kMappings.at(count - 1U);
  Bytes head;
  ByteWriter writer(head);
  writer.WriteText(kMagic);
  for (const std::uint8_t byte : {std::uint8_t{1}, count}) writer.WriteU8(byte);
  writer.WriteU16(0);           // pre-skip
  writer.WriteU32(0x80bb0000);  // 48 000 Hz, little-endian
  writer.WriteU16(0);           // gain
  for (const std::uint8_t byte : {std::uint8_t{1}, mapping.streams, mapping.coupled_streams}) {
    writer.WriteU8(byte);
  }
  writer.WriteBytes(ByteView(mapping.order).first(count));
  return head;
}

Result<std::chrono::microseconds> OpusPacketDuration(ByteView packet) {
  if (packet.empty()) return Fail(ErrorCode::kMalformed, "Opus packet is empty");
  int frames = 1;
  switch (packet[0] & 3) {  // RFC 6716 §3.2: the code of the frame packing
    case 0:
      break;
    case 1:
    case 2:
      frames = 2;
      break;
    default:
      if (packet.size() < 2) {
        return Fail(ErrorCode::kMalformed, "Opus packet ends before its frame count");
      }
      frames = packet[1] & 0x3f;
  }
  const auto duration = FrameDuration(packet[0]) * frames;
  if (frames == 0 || duration > kMaxDuration) {
    return Fail(ErrorCode::kMalformed, "Opus packet of " + std::to_string(frames) + " frames");
  }
  return duration;
}

}  // namespace ingress::codec
