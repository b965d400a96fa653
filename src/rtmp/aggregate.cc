#include "rtmp/aggregate.h"

#include <optional>

#include "base/byte_reader.h"

namespace ingress::rtmp {
namespace {

constexpr std::size_t kStreamIdSize = 3;
constexpr std::size_t kBackPointerSize = 4;

}  // namespace

Result<std::vector<Message>> SplitAggregate(const Message& aggregate) {
  std::vector<Message> messages;
  std::optional<std::uint32_t> shift;  // from the tags' own time to that of the connection
  ByteReader reader(aggregate.payload);
  while (reader.remaining() > 0) {
    const auto type = static_cast<MessageType>(reader.ReadU8());
    const std::uint32_t size = reader.ReadU24();
    const std::uint32_t low = reader.ReadU24();
    const std::uint32_t timestamp = static_cast<std::uint32_t>(reader.ReadU8()) << 24 | low;
    reader.Skip(kStreamIdSize);
    const ByteView body = reader.ReadBytes(size);
    if (!reader.ok()) break;
    if (type == MessageType::kAggregate) {
      return Fail(ErrorCode::kMalformed, "aggregate message inside an aggregate message");
    }
    if (!shift) shift = aggregate.timestamp - timestamp;
    messages.push_back({.type = type,
                        .timestamp = timestamp + *shift,
                        .message_stream_id = aggregate.message_stream_id,
                        .chunk_stream_id = aggregate.chunk_stream_id,
                        .payload = Bytes(body.begin(), body.end())});
    reader.Skip(kBackPointerSize);
    if (!reader.ok()) break;
  }
  return messages;
}

}  // namespace ingress::rtmp
