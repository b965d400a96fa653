#include "rtp/packetizer.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace ingress::rtp {

Result<std::size_t> Packetizer::StartUnits(ByteView frame, std::span<const ByteView> units) {
  if (units.empty()) return Start(frame);
  return Fail(ErrorCode::kMalformed, "a frame in units, which this payload format has not");
}

Result<std::size_t> OpusPacketizer::Start(ByteView frame) {
  if (frame.empty()) return Fail(ErrorCode::kMalformed, "opus: empty packet");
  if (frame.size() > max_payload_) {
    return Fail(ErrorCode::kLimitExceeded,
                "opus: packet of " + std::to_string(frame.size()) + " bytes");
  }
  frame_ = frame;
  return 1;
}

std::size_t OpusPacketizer::WriteNext(std::span<std::uint8_t> out) {
  INGRESS_CHECK(frame_.size() <= out.size());
  std::ranges::copy(frame_, out.begin());
  return frame_.size();
}

}  // namespace ingress::rtp
