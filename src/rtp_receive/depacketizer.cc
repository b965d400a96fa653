#include "rtp_receive/depacketizer.h"

#include "rtp_receive/av1_depacketizer.h"
#include "rtp_receive/h264_depacketizer.h"
#include "rtp_receive/hevc_depacketizer.h"
#include "rtp_receive/vp8_depacketizer.h"
#include "rtp_receive/vp9_depacketizer.h"

namespace ingress::rtp_receive {

std::unique_ptr<Depacketizer> MakeDepacketizer(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return std::make_unique<H264Depacketizer>();
    case VideoCodec::kVp8:
      return std::make_unique<Vp8Depacketizer>();
    case VideoCodec::kHevc:
      return std::make_unique<HevcDepacketizer>();
    case VideoCodec::kVp9:
      return std::make_unique<Vp9Depacketizer>();
    case VideoCodec::kAv1:
      return std::make_unique<Av1Depacketizer>();
  }
  return nullptr;
}

}  // namespace ingress::rtp_receive
