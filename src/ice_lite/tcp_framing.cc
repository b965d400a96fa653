#include "ice_lite/tcp_framing.h"

#include <string>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace ingress::ice_lite {
namespace {

constexpr std::size_t kLengthSize = 2;

}  // namespace

Result<std::optional<Bytes>> TcpFrameReader::Next() {
  while (buffer_.size() >= kLengthSize) {
    const std::size_t size = ByteReader(buffer_).ReadU16();
    if (size > kMaxPacketSize) {
      return Fail(ErrorCode::kLimitExceeded,
                  "ICE over TCP: packet of " + std::to_string(size) + " bytes");
    }
    if (buffer_.size() < kLengthSize + size) return std::nullopt;
    const auto begin = buffer_.begin() + kLengthSize;
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    Bytes packet(begin, end);
    buffer_.erase(buffer_.begin(), end);
    if (!packet.empty()) return packet;
  }
  return std::nullopt;
}

void AppendTcpFrame(ByteView packet, Bytes& out) {
  ByteWriter writer(out);
  writer.WriteU16(static_cast<std::uint16_t>(packet.size()));
  writer.WriteBytes(packet);
}

}  // namespace ingress::ice_lite
