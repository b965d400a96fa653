#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "rtp/packet.h"
#include "rtp_receive/received_packet.h"

namespace ingress::rtp_receive {

/// Keeps packets of simulcast that do not say which layer they are of, until one of the same SSRC
/// does: senders put the identifier on some of their first packets, and those may be lost or
/// overtaken. Sans-IO.
class UnidentifiedPackets {
 public:
  static constexpr std::size_t kMax = 50;  // of all SSRCs; the oldest gives way
  static constexpr std::chrono::milliseconds kKept{500};

  struct Kept {
    rtp::RtpHeader header{};
    Bytes payload{};
    TimePoint arrival{};
  };

  void Keep(const ReceivedPacket& packet, TimePoint arrival);

  /// Returns those of `ssrc` in the order in which they came; they are kept no longer.
  std::vector<Kept> Take(std::uint32_t ssrc, TimePoint now);

 private:
  std::vector<Kept> kept_;
};

}  // namespace ingress::rtp_receive
