#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::relay_client {

/// Takes the chunked transfer coding off a message body (RFC 9112 §7.1), in pieces of any size.
///
/// Sans-IO. Chunk extensions and trailer fields are passed over.
class ChunkedBody {
 public:
  /// Hands each run of content in `data` to `sink` (a callable that takes a ByteView and returns
  /// Result<void>), in order; nothing is copied or kept. What follows the body's end is ignored.
  /// Errors: kMalformed; kLimitExceeded for a line above kMaxLine or a chunk above kMaxChunk;
  /// those of `sink`. After an error the object must not be used further.
  template <typename Sink>
  Result<void> Receive(ByteView data, Sink&& sink) {
    while (!data.empty() && state_ != State::kDone) {
      if (state_ != State::kContent) {
        if (auto taken = Step(data.front()); !taken) return taken;
        data = data.subspan(1);
        continue;
      }
      const std::size_t size = std::min(left_, data.size());
      if (auto taken = sink(data.first(size)); !taken) return taken;
      data = data.subspan(size);
      left_ -= size;
      if (left_ == 0) state_ = State::kContentEnd;
    }
    return {};
  }

  /// The last chunk and its trailer have been read.
  bool done() const { return state_ == State::kDone; }

  static constexpr std::size_t kMaxLine = 1024;                   // bytes, of any one line
  static constexpr std::size_t kMaxChunk = std::size_t{1} << 30;  // bytes
  static constexpr std::size_t kMaxTrailerLines = 64;

 private:
  enum class State : std::uint8_t { kSize, kExtension, kContent, kContentEnd, kTrailer, kDone };

  Result<void> Step(std::uint8_t byte);
  Result<void> OnSizeByte(std::uint8_t byte);
  Result<void> EndSizeLine();
  Result<void> OnTrailerByte(std::uint8_t byte);

  State state_ = State::kSize;
  std::size_t left_ = 0;    // of the chunk's size line: its value; of its content: what is to come
  std::size_t digits_ = 0;  // of the size line
  std::size_t line_ = 0;    // bytes of the current line, its end not counted
  std::size_t trailer_lines_ = 0;
};

}  // namespace ingress::relay_client
