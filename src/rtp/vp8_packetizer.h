#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rtp/packetizer.h"

namespace ingress::rtp {

/// VP8 (RFC 7741): a 4-byte payload descriptor with a 15-bit PictureID that counts frames of this
/// layer without a gap. No temporal layers, partition index always 0.
///
///      0 1 2 3 4 5 6 7
///     |X|R|N|S|R| PID |  X=1, S=1 on the first payload of a frame
///     |I|L|T|K| RSV   |  I=1
///     |M| PictureID   |  M=1: 15 bits
///     |   PictureID   |
class Vp8Packetizer final : public Packetizer {
 public:
  static constexpr std::size_t kDescriptorSize = 4;

  Vp8Packetizer(std::size_t max_payload, std::uint16_t first_picture_id);

  Result<std::size_t> Start(ByteView frame) override;
  std::size_t WriteNext(std::span<std::uint8_t> out) override;

 private:
  std::size_t max_payload_;
  std::uint16_t next_picture_id_;
  std::uint16_t picture_id_ = 0;  // of the frame under way
  ByteView frame_;
  std::size_t offset_ = 0;
  std::size_t payloads_left_ = 0;
};

}  // namespace ingress::rtp
