#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::ipc {

/// A frame is a 4-byte length in network order, then that many bytes of protobuf.
inline constexpr std::size_t kFrameHeaderSize = 4;
inline constexpr std::size_t kMaxFrameSize = std::size_t{8} << 20;  // bytes of protobuf

/// `message` as one frame, header included.
/// Errors: kLimitExceeded above kMaxFrameSize.
Result<Bytes> SerializeFrame(const google::protobuf::MessageLite& message);

/// Cuts a byte stream into frames. Sans-IO.
class FrameReader {
 public:
  /// Appends what arrived. Callers take every complete frame before they read on, so no more than
  /// one frame and one read are ever held.
  void Receive(ByteView bytes);

  /// The protobuf bytes of the next complete frame; empty optional when more bytes are needed.
  /// Errors: kLimitExceeded when a header announces more than kMaxFrameSize; final.
  Result<std::optional<Bytes>> Next();

  /// Whether a frame has begun and is not complete: the stream must not end here.
  bool mid_frame() const { return offset_ < buffer_.size(); }

 private:
  Bytes buffer_;
  std::size_t offset_ = 0;  // of the next frame in buffer_
};

}  // namespace ingress::ipc
