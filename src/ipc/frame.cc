#include "ipc/frame.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace ingress::ipc {
namespace {

constexpr std::uint32_t kWithDescriptor = 0x80000000;
static_assert(kMaxFrameSize < kWithDescriptor);

Result<void> CheckSize(std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "ipc frame of " + std::to_string(size) + " bytes, limit " + std::to_string(limit));
}

/// Moves bytes from the front of `from` to `to` until that has `size` of them.
bool Fill(Bytes& to, std::size_t size, ByteView& from) {
  const std::size_t taken = std::min(size - to.size(), from.size());
  to.insert(to.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(taken));
  from = from.subspan(taken);
  return to.size() == size;
}

}  // namespace

Result<Bytes> SerializeFrame(const google::protobuf::MessageLite& message,
                             std::size_t attachment_size, bool with_descriptor) {
  const std::size_t size = message.ByteSizeLong();
  if (auto fits = CheckSize(std::max(size, attachment_size), kMaxFrameSize); !fits) {
    return std::unexpected(fits.error());
  }
  Bytes frame;
  frame.reserve(kFrameHeaderSize + size);
  ByteWriter writer(frame);
  writer.WriteU32(static_cast<std::uint32_t>(size));
  writer.WriteU32(static_cast<std::uint32_t>(attachment_size) |
                  (with_descriptor ? kWithDescriptor : 0));
  frame.resize(kFrameHeaderSize + size);
  message.SerializeWithCachedSizesToArray(frame.data() + kFrameHeaderSize);
  return frame;
}

void FrameReader::Receive(ByteView bytes) {
  while (!bytes.empty() && !broken_) {
    if (header_size_ < kFrameHeaderSize) {
      const std::size_t taken = std::min(kFrameHeaderSize - header_size_, bytes.size());
      std::ranges::copy(bytes.first(taken),
                        header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
      header_size_ += taken;
      bytes = bytes.subspan(taken);
      if (header_size_ < kFrameHeaderSize) return;
      if (auto started = StartFrame(); !started) {
        broken_ = started.error();
        return;
      }
    }
    if (!Fill(frame_.message, message_size_, bytes)) return;
    if (!Fill(frame_.attachment, attachment_size_, bytes)) return;
    complete_.push_back(std::exchange(frame_, {}));
    header_size_ = 0;
  }
}

Result<void> FrameReader::StartFrame() {
  ByteReader reader(header_);
  message_size_ = reader.ReadU32();
  const std::uint32_t second = reader.ReadU32();
  attachment_size_ = second & ~kWithDescriptor;
  frame_.with_descriptor = (second & kWithDescriptor) != 0;
  if (auto fits = CheckSize(std::max(message_size_, attachment_size_), limit_); !fits) return fits;
  frame_.message.reserve(message_size_);
  frame_.attachment.reserve(attachment_size_);
  return {};
}

Result<std::optional<Frame>> FrameReader::Next() {
  if (!complete_.empty()) {
    Frame frame = std::move(complete_.front());
    complete_.pop_front();
    return frame;
  }
  if (broken_) return std::unexpected(*broken_);
  return std::nullopt;
}

}  // namespace ingress::ipc
