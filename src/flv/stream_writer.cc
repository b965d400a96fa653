#include "flv/stream_writer.h"

#include <utility>

namespace ingress::flv {
namespace {

constexpr std::uint8_t ByteOf(std::size_t value, int index) {
  return static_cast<std::uint8_t>(value >> (8 * index));
}

}  // namespace

TagFraming MakeTagFraming(TagType type, std::uint32_t timestamp, std::size_t body_size) {
  const std::size_t tag_size = kTagHeaderSize + body_size;
  return {
      .header = {std::to_underlying(type),
                 // DataSize
                 ByteOf(body_size, 2), ByteOf(body_size, 1), ByteOf(body_size, 0),
                 // Timestamp, then TimestampExtended: the high byte comes last
                 ByteOf(timestamp, 2), ByteOf(timestamp, 1), ByteOf(timestamp, 0),
                 ByteOf(timestamp, 3),
                 // StreamID
                 0, 0, 0},
      .trailer = {ByteOf(tag_size, 3), ByteOf(tag_size, 2), ByteOf(tag_size, 1),
                  ByteOf(tag_size, 0)},
  };
}

void AppendTag(TagType type, std::uint32_t timestamp, ByteView body, Bytes& out) {
  const TagFraming framing = MakeTagFraming(type, timestamp, body.size());
  out.insert(out.end(), framing.header.begin(), framing.header.end());
  out.insert(out.end(), body.begin(), body.end());
  out.insert(out.end(), framing.trailer.begin(), framing.trailer.end());
}

void AppendTag(const Tag& tag, Bytes& out) { AppendTag(tag.type, tag.timestamp, tag.payload, out); }

}  // namespace ingress::flv
