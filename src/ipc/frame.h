#pragma once

#include <google/protobuf/message_lite.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace ingress::ipc {

/// A frame is two lengths of 4 bytes in network order, then as many bytes of protobuf and of an
/// attachment: coded media, which protobuf would copy. The first bit of the second length says that
/// a file descriptor comes with the frame.
inline constexpr std::size_t kFrameHeaderSize = 8;
inline constexpr std::size_t kMaxFrameSize = std::size_t{8} << 20;  // bytes of either part

/// `message` as one frame without the attachment, which follows.
/// Errors: kLimitExceeded above kMaxFrameSize.
Result<Bytes> SerializeFrame(const google::protobuf::MessageLite& message,
                             std::size_t attachment_size = 0, bool with_descriptor = false);

struct Frame {
  Bytes message;  // protobuf
  Bytes attachment;
  bool with_descriptor = false;
  UniqueFd descriptor;  // what travels beside the bytes; FrameSocket puts it here
};

/// Cuts a byte stream into frames; each byte is copied once, to where it stays. Sans-IO.
class FrameReader {
 public:
  /// `limit`: bytes of either part of a frame.
  explicit FrameReader(std::size_t limit = kMaxFrameSize) : limit_(limit) {}

  /// Takes what arrived. Callers take every complete frame before they read on, so no more than one
  /// read's frames are ever held.
  void Receive(ByteView bytes);

  /// The next complete frame; empty optional when more bytes are needed.
  /// Errors: kLimitExceeded when a header announces more than the limit; final.
  Result<std::optional<Frame>> Next();

  /// Whether a frame has begun and is not complete: the stream must not end here.
  bool mid_frame() const { return header_size_ > 0; }

 private:
  Result<void> StartFrame();

  std::size_t limit_;
  std::array<std::uint8_t, kFrameHeaderSize> header_{};
  std::size_t header_size_ = 0;  // bytes of header_ that are filled
  std::size_t message_size_ = 0;
  std::size_t attachment_size_ = 0;
  Frame frame_;  // that arrives
  std::deque<Frame> complete_;
  std::optional<Error> broken_;
};

}  // namespace ingress::ipc
