#include "ipc/frame.h"

#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace ingress::ipc {

Result<Bytes> SerializeFrame(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > kMaxFrameSize) {
    return Fail(ErrorCode::kLimitExceeded, "ipc frame: message of " + std::to_string(size) +
                                               " bytes, limit " + std::to_string(kMaxFrameSize));
  }
  Bytes frame;
  frame.reserve(kFrameHeaderSize + size);
  ByteWriter(frame).WriteU32(static_cast<std::uint32_t>(size));
  frame.resize(kFrameHeaderSize + size);
  message.SerializeWithCachedSizesToArray(frame.data() + kFrameHeaderSize);
  return frame;
}

void FrameReader::Receive(ByteView bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(offset_));
  offset_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Bytes>> FrameReader::Next() {
  ByteReader reader(ByteView(buffer_).subspan(offset_));
  const std::uint32_t size = reader.ReadU32();
  if (!reader.ok()) return std::nullopt;
  if (size > kMaxFrameSize) {
    return Fail(ErrorCode::kLimitExceeded, "ipc frame of " + std::to_string(size) +
                                               " bytes, limit " + std::to_string(kMaxFrameSize));
  }
  const ByteView payload = reader.ReadBytes(size);
  if (!reader.ok()) return std::nullopt;
  offset_ += reader.offset();
  return Bytes(payload.begin(), payload.end());
}

}  // namespace ingress::ipc
