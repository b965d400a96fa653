#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "rtmp/limits.h"
#include "rtmp/message.h"

namespace ingress::rtmp {

/// Cuts messages into chunks (Adobe RTMP 1.0 §5.3).
///
/// Every message starts with a header of fmt 0. What a publish-side server has to say is little,
/// and no client disagrees about the meaning of fmt 0.
class ChunkWriter {
 public:
  /// Appends `message` to `out`; its chunk stream id is 2 to 65599.
  void Write(const Message& message, Bytes& out) const;

  /// `size` from 1 to kMaxChunkSize. The peer has to be told first.
  void SetChunkSize(std::uint32_t size) { chunk_size_ = size; }

 private:
  std::uint32_t chunk_size_ = kDefaultChunkSize;
};

/// Appends a basic header (Adobe RTMP 1.0 §5.3.1.1) in its shortest form.
void WriteBasicHeader(int fmt, std::uint32_t chunk_stream_id, Bytes& out);

}  // namespace ingress::rtmp
