#include "rtmp/chunk_writer.h"

#include <algorithm>
#include <utility>

#include "base/byte_writer.h"

namespace ingress::rtmp {
namespace {

constexpr std::uint32_t kExtendedMark = 0xFFFFFF;

void WriteLittleEndian32(std::uint32_t value, ByteWriter& writer) {
  for (int shift = 0; shift < 32; shift += 8) {
    writer.WriteU8(static_cast<std::uint8_t>(value >> shift));
  }
}

}  // namespace

void ChunkWriter::Write(const Message& message, Bytes& out) const {
  ByteWriter writer(out);
  const bool extended = message.timestamp >= kExtendedMark;
  WriteBasicHeader(0, message.chunk_stream_id, out);
  writer.WriteU24(extended ? kExtendedMark : message.timestamp);
  writer.WriteU24(static_cast<std::uint32_t>(message.payload.size()));
  writer.WriteU8(std::to_underlying(message.type));
  WriteLittleEndian32(message.message_stream_id, writer);
  if (extended) writer.WriteU32(message.timestamp);

  ByteView rest = message.payload;
  while (true) {
    const std::size_t size = std::min<std::size_t>(chunk_size_, rest.size());
    writer.WriteBytes(rest.first(size));
    rest = rest.subspan(size);
    if (rest.empty()) return;
    WriteBasicHeader(3, message.chunk_stream_id, out);
    if (extended) writer.WriteU32(message.timestamp);
  }
}

void WriteBasicHeader(int fmt, std::uint32_t chunk_stream_id, Bytes& out) {
  const auto top = static_cast<std::uint8_t>(fmt << 6);
  const std::uint32_t offset = chunk_stream_id - 64;
  if (chunk_stream_id < 64) {
    out.push_back(static_cast<std::uint8_t>(top | chunk_stream_id));
  } else if (offset < 256) {
    out.push_back(top);
    out.push_back(static_cast<std::uint8_t>(offset));
  } else {
    out.push_back(static_cast<std::uint8_t>(top | 1));
    out.push_back(static_cast<std::uint8_t>(offset));
    out.push_back(static_cast<std::uint8_t>(offset >> 8));
  }
}

}  // namespace ingress::rtmp
