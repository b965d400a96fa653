#include "rtp/rtx.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/check.h"

namespace ingress::rtp {

void BuildRtx(const RtpPacket& original, RtpHeader header, const ExtensionIds& ids,
              const ExtensionValues& values, RtpPacket& out) {
  header.timestamp = original.header().timestamp;
  header.marker = original.header().marker;
  out.WriteHeader(header, ids, values);
  const std::span<std::uint8_t> space = out.payload_space();
  INGRESS_CHECK(kOsnSize + original.payload().size() <= space.size());
  StoreBigEndian<SequenceNumber>(space, original.header().sequence);
  std::ranges::copy(original.payload(), space.subspan(kOsnSize).begin());
  out.SetPayloadSize(kOsnSize + original.payload().size());
}

}  // namespace ingress::rtp
