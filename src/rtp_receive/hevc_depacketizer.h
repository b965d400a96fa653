#pragma once

#include <cstddef>

#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive {

/// HEVC (RFC 7798) in transmission order (SRST, no DON): single NAL units, aggregation packets and
/// fragmentation units. The frame holds its NAL units behind lengths of four bytes.
class HevcDepacketizer final : public Depacketizer {
 public:
  bool BeginsFrame(ByteView payload) const override;
  void Begin() override;
  Result<void> Add(ByteView payload, Bytes& frame) override;
  Result<FrameInfo> Finish(Bytes& frame) override;
  FrameInfo info() const override { return {.key_frame = key_frame_, .leading = leading_}; }

 private:
  Result<void> AddUnit(ByteView nal, Bytes& frame);
  Result<void> AddAggregate(ByteView payload, Bytes& frame);
  Result<void> AddFragment(ByteView payload, Bytes& frame);
  Result<void> CountUnit(std::uint8_t type);

  std::size_t units_ = 0;
  bool fragmented_ = false;    // the last unit goes on in the next payload …
  std::size_t length_at_ = 0;  // … and its length belongs here
  bool key_frame_ = false;
  bool leading_ = false;
};

}  // namespace ingress::rtp_receive
