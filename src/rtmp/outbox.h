#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "rtmp/chunk_writer.h"
#include "rtmp/limits.h"

namespace ingress::rtmp {

/// What the session has to say: builds control and command messages, keeps their bytes until they
/// are taken. Bodies: Adobe RTMP 1.0 §5.4 and §7.1.7.
///
/// While kMaxUnsentBytes wait, further messages are left out: a peer that does not read must not
/// fill our memory by asking.
class Outbox {
 public:
  /// Handshake bytes, in front of any chunk.
  Bytes& raw() { return bytes_; }

  /// Also applies to everything written later.
  void WriteSetChunkSize(std::uint32_t size);
  void WriteAcknowledgement(std::uint32_t sequence_number);
  void WriteWindowAckSize(std::uint32_t size);
  void WriteSetPeerBandwidth(std::uint32_t size);
  void WriteStreamBegin(std::uint32_t message_stream_id);
  void WritePingResponse(std::uint32_t time);

  /// `body`: AMF0.
  void WriteCommand(std::uint32_t message_stream_id, Bytes body);

  Bytes Take() { return std::exchange(bytes_, {}); }
  std::size_t buffered_bytes() const { return bytes_.capacity(); }
  bool full() const { return bytes_.size() >= kMaxUnsentBytes; }

 private:
  void WriteControl(MessageType type, Bytes body);
  void WriteUserControl(std::uint16_t event, std::uint32_t value);

  ChunkWriter writer_;
  Bytes bytes_;
};

}  // namespace ingress::rtmp
