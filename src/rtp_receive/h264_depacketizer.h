#pragma once

#include <cstddef>

#include "rtp_receive/depacketizer.h"

namespace ingress::rtp_receive {

/// H.264 (RFC 6184), packetization modes 0 and 1: single NAL units, STAP-A and FU-A. The frame
/// holds its NAL units behind lengths of four bytes.
class H264Depacketizer final : public Depacketizer {
 public:
  bool BeginsFrame(ByteView payload) const override;
  void Begin() override;
  Result<void> Add(ByteView payload, Bytes& frame) override;
  Result<FrameInfo> Finish(Bytes& frame) override;
  FrameInfo info() const override;

 private:
  Result<void> AddUnit(ByteView nal, Bytes& frame);
  Result<void> AddAggregate(ByteView payload, Bytes& frame);
  Result<void> AddFragment(ByteView payload, Bytes& frame);
  Result<void> CountUnit();
  void Note(std::uint8_t header);

  std::size_t units_ = 0;
  bool fragmented_ = false;    // the last unit goes on in the next payload …
  std::size_t length_at_ = 0;  // … and its length belongs here
  bool slices_ = false;
  bool key_frame_ = false;
  bool referred_to_ = false;
};

}  // namespace ingress::rtp_receive
