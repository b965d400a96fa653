#pragma once

#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive {

/// VP9 (RFC 9628), flexible and non-flexible mode. The frame is the codec's own. Of a stream with
/// spatial layers the base layer alone is taken, which needs no other.
class Vp9Depacketizer final : public Depacketizer {
 public:
  bool BeginsFrame(ByteView payload) const override;
  void Begin() override;
  Result<void> Add(ByteView payload, Bytes& frame) override;
  Result<FrameInfo> Finish(Bytes& frame) override;
  FrameInfo info() const override { return info_; }

 private:
  FrameInfo info_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace ingress::rtp_receive
