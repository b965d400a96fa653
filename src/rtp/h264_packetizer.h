#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/encoded_frame.h"
#include "rtp/packetizer.h"

namespace ingress::rtp {

/// The NAL units of an Annex B byte stream, without start codes and trailing zero bytes; views into
/// `stream`, appended to `out`. Bytes before the first start code are ignored, empty units left
/// out. Errors: kLimitExceeded above kMaxNalUnits.
Result<void> SplitAnnexB(ByteView stream, std::vector<ByteView>& out);

/// H.264 in packetization mode 1 (RFC 6184): single NAL unit, STAP-A and FU-A.
///
/// Takes one access unit as Annex B, as NAL units, or begun as one and continued as the other.
/// Access unit delimiters, filler data, end of sequence and end of stream, and NAL unit types RFC
/// 6184 uses for itself (0, 24 to 31) are dropped. When parameter sets stand before the picture
/// they are sent first, SPS in front, and together with SEI as one STAP-A where they fit: the SFU
/// takes the packet with the SPS for the start of a key frame and forwards nothing before it to a
/// new subscriber.
class H264Packetizer final : public Packetizer {
 public:
  explicit H264Packetizer(std::size_t max_payload);

  Result<std::size_t> Start(ByteView frame) override { return StartUnits(frame, {}); }
  Result<std::size_t> StartUnits(ByteView frame, std::span<const ByteView> units) override;
  std::size_t WriteNext(std::span<std::uint8_t> out) override;

 private:
  enum class Kind { kSingle, kAggregate, kFragment };
  struct Plan {
    Kind kind = Kind::kSingle;
    std::size_t nal = 0;     // index of the (first) NAL unit
    std::size_t count = 1;   // kAggregate: NAL units inside
    std::size_t offset = 0;  // kFragment: where in the NAL unit, its header byte included
    std::size_t size = 0;    // kFragment: bytes of it
  };

  void SelectAndOrder();
  std::size_t PlanAggregate(std::size_t first);
  void PlanOne(std::size_t index);
  std::size_t WriteAggregate(const Plan& plan, std::span<std::uint8_t> out) const;
  std::size_t WriteFragment(const Plan& plan, std::span<std::uint8_t> out) const;

  std::size_t max_payload_;
  std::vector<ByteView> found_;  // as they stand in the frame
  std::vector<ByteView> nals_;   // those to send, in sending order
  std::size_t head_ = 0;         // how many of nals_ stand before the picture
  std::vector<Plan> plan_;
  std::size_t next_ = 0;
};

}  // namespace ingress::rtp
