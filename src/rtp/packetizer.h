#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rtp {

/// A coded frame larger than this is refused: no encoder of ours makes one.
inline constexpr std::size_t kMaxFrameSize = 4 * 1024 * 1024;

/// Cuts one coded frame into RTP payloads of at most `max_payload` bytes.
///
/// Start() plans, WriteNext() writes one payload after the other; the plan's memory is reused from
/// frame to frame.
class Packetizer {
 public:
  virtual ~Packetizer() = default;

  /// Plans `frame`, which must stay valid until its last payload is written.
  /// Returns the number of payloads, at least one.
  /// Errors: kMalformed when nothing in the frame can be sent, kLimitExceeded above kMaxFrameSize
  /// (Opus: above one packet).
  virtual Result<std::size_t> Start(ByteView frame) = 0;

  /// The same for a frame that goes on in `units`, see EncodedFrame; they must stay valid as well.
  /// Errors: kMalformed too when the payload format knows no such units.
  virtual Result<std::size_t> StartUnits(ByteView frame, std::span<const ByteView> units);

  /// Writes the next payload to `out` (at least `max_payload` bytes) and returns its size.
  /// To be called exactly as often as Start() said.
  virtual std::size_t WriteNext(std::span<std::uint8_t> out) = 0;
};

/// One Opus packet is one payload (RFC 7587 §4.2).
class OpusPacketizer final : public Packetizer {
 public:
  explicit OpusPacketizer(std::size_t max_payload) : max_payload_(max_payload) {}

  Result<std::size_t> Start(ByteView frame) override;
  std::size_t WriteNext(std::span<std::uint8_t> out) override;

 private:
  std::size_t max_payload_;
  ByteView frame_;
};

}  // namespace ingress::rtp
