#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::ice_lite {

/// Cuts the bytes of a TCP connection into packets: each stands behind its length in two bytes
/// (RFC 4571 §2, which RFC 6544 §3 takes for ICE). Sans-IO.
class TcpFrameReader {
 public:
  /// Nothing that ICE, DTLS or RTP sends is larger.
  static constexpr std::size_t kMaxPacketSize = 2048;

  /// Takes what has arrived. Callers take every packet before they read on.
  void Receive(ByteView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }

  /// The next whole packet; empty optional when more bytes are needed. Empty packets are passed
  /// over.
  /// Errors: kLimitExceeded for a length above kMaxPacketSize; final.
  Result<std::optional<Bytes>> Next();

  /// Bytes that wait for the rest of their packet.
  std::size_t buffered() const { return buffer_.size(); }

 private:
  Bytes buffer_;
};

/// Appends `packet`, which has at most 65 535 bytes, and its length.
void AppendTcpFrame(ByteView packet, Bytes& out);

}  // namespace ingress::ice_lite
