#include "rtp/vp8_packetizer.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace ingress::rtp {
namespace {

constexpr std::uint16_t kPictureIdMask = 0x7fff;
constexpr std::uint8_t kExtended = 0x80;          // X
constexpr std::uint8_t kStartOfPartition = 0x10;  // S
constexpr std::uint8_t kPictureIdPresent = 0x80;  // I
constexpr std::uint8_t kPictureId15Bits = 0x80;   // M

}  // namespace

Vp8Packetizer::Vp8Packetizer(std::size_t max_payload, std::uint16_t first_picture_id)
    : max_payload_(max_payload), next_picture_id_(first_picture_id & kPictureIdMask) {
  INGRESS_CHECK(max_payload > kDescriptorSize);
}

Result<std::size_t> Vp8Packetizer::Start(ByteView frame) {
  if (frame.empty()) return Fail(ErrorCode::kMalformed, "vp8: empty frame");
  if (frame.size() > kMaxFrameSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "vp8: frame of " + std::to_string(frame.size()) + " bytes");
  }
  const std::size_t room = max_payload_ - kDescriptorSize;
  frame_ = frame;
  offset_ = 0;
  payloads_left_ = (frame.size() + room - 1) / room;
  picture_id_ = next_picture_id_;
  next_picture_id_ = (next_picture_id_ + 1U) & kPictureIdMask;
  return payloads_left_;
}

std::size_t Vp8Packetizer::WriteNext(std::span<std::uint8_t> out) {
  INGRESS_CHECK(payloads_left_ > 0);
  // Rounding up each time keeps the payloads of a frame within one byte of each other.
  const std::size_t size = (frame_.size() - offset_ + payloads_left_ - 1) / payloads_left_;
  INGRESS_CHECK(kDescriptorSize + size <= out.size());
  out[0] = kExtended | (offset_ == 0 ? kStartOfPartition : 0);
  out[1] = kPictureIdPresent;
  out[2] = static_cast<std::uint8_t>(kPictureId15Bits | picture_id_ >> 8);
  out[3] = static_cast<std::uint8_t>(picture_id_);
  std::ranges::copy(frame_.subspan(offset_, size), out.subspan(kDescriptorSize).begin());
  offset_ += size;
  --payloads_left_;
  return kDescriptorSize + size;
}

}  // namespace ingress::rtp
