#include "rtp_receive/unidentified_packets.h"

#include <utility>

namespace ingress::rtp_receive {

void UnidentifiedPackets::Keep(const ReceivedPacket& packet, TimePoint arrival) {
  if (kept_.size() == kMax) kept_.erase(kept_.begin());
  kept_.push_back({.header = packet.header,
                   .payload = Bytes(packet.payload.begin(), packet.payload.end()),
                   .arrival = arrival});
}

std::vector<UnidentifiedPackets::Kept> UnidentifiedPackets::Take(std::uint32_t ssrc,
                                                                 TimePoint now) {
  std::vector<Kept> taken;
  if (kept_.empty()) return taken;
  std::erase_if(kept_, [&](Kept& packet) {
    const bool too_old = packet.arrival + kKept < now;
    const bool wanted = packet.header.ssrc == ssrc;
    if (wanted && !too_old) taken.push_back(std::move(packet));
    return wanted || too_old;
  });
  return taken;
}

}  // namespace ingress::rtp_receive
