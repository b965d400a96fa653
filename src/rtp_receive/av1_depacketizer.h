#pragma once

#include <cstddef>

#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive {

/// AV1 (RTP Payload Format For AV1, of the Alliance for Open Media). The frame is a temporal unit
/// in the low-overhead format: its open bitstream units have sizes, and there is no delimiter.
class Av1Depacketizer final : public Depacketizer {
 public:
  /// A frame of more open bitstream units is refused.
  static constexpr std::size_t kMaxUnits = 4'096;

  bool BeginsFrame(ByteView payload) const override;
  void Begin() override;
  Result<void> Add(ByteView payload, Bytes& frame) override;
  Result<FrameInfo> Finish(Bytes& frame) override;
  FrameInfo info() const override { return {}; }

 private:
  Result<void> AddElement(ByteView element, bool continues, bool goes_on, Bytes& frame);
  Result<void> AddUnit(ByteView unit, Bytes& frame);

  Bytes open_;               // of a unit that goes on in the next payload
  bool fragmented_ = false;  // there is one
  std::size_t units_ = 0;
};

}  // namespace ingress::rtp_receive
