#pragma once

#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive {

/// VP8 (RFC 7741): payload descriptors with picture ids of 7 or 15 bits or none, with and without
/// temporal layers. The frame is the codec's own.
class Vp8Depacketizer final : public Depacketizer {
 public:
  bool BeginsFrame(ByteView payload) const override;
  void Begin() override;
  Result<void> Add(ByteView payload, Bytes& frame) override;
  Result<FrameInfo> Finish(Bytes& frame) override;
  FrameInfo info() const override { return info_; }

 private:
  FrameInfo info_;
  bool begun_ = false;
};

}  // namespace ingress::rtp_receive
