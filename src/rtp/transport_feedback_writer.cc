#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/byte_writer.h"
#include "base/check.h"
#include "rtp/receiver_rtcp.h"
#include "rtp/rtcp_types.h"
#include "rtp/rtcp_writer.h"

namespace ingress::rtp {
namespace {

constexpr std::chrono::microseconds kReferenceUnit{64'000};
constexpr std::chrono::microseconds kDeltaUnit{250};
constexpr std::size_t kLongestRun = 0x1fff;
constexpr std::size_t kOneBitSymbols = 14;  // in one chunk
constexpr std::size_t kTwoBitSymbols = 7;
constexpr std::uint16_t kVector = 0x8000;
constexpr std::uint16_t kTwoBits = 0x4000;

/// What each packet is in the chunks, and the arrivals in units of kDeltaUnit, one after the other.
struct Encoded {
  std::vector<std::uint8_t> symbols{};  // 0: not received, 1: small delta, 2: large delta
  std::vector<std::int64_t> deltas{};   // of those received
};

Encoded Encode(const TransportFeedback& feedback, std::int64_t reference) {
  Encoded encoded;
  encoded.symbols.reserve(feedback.packets.size());
  std::int64_t last = reference;
  for (const TransportPacketStatus& packet : feedback.packets) {
    if (!packet.received) {
      encoded.symbols.push_back(0);
      continue;
    }
    const std::int64_t arrival = packet.arrival / kDeltaUnit;
    const std::int64_t delta = arrival - last;
    last = arrival;
    encoded.symbols.push_back(delta >= 0 && delta <= 0xff ? 1 : 2);
    encoded.deltas.push_back(delta);
  }
  return encoded;
}

/// The next chunk (§3.1.2 to §3.1.4) and how many of `symbols` it takes.
std::pair<std::uint16_t, std::size_t> NextChunk(std::span<const std::uint8_t> symbols) {
  const auto other = std::ranges::find_if(symbols, [&](auto one) { return one != symbols[0]; });
  const auto run = std::min(static_cast<std::size_t>(other - symbols.begin()), kLongestRun);
  const auto near = symbols.first(std::min(symbols.size(), kOneBitSymbols));
  const bool large = std::ranges::find(near, 2) != near.end();
  if (run >= kOneBitSymbols || (large && run >= kTwoBitSymbols) || run == symbols.size()) {
    return {static_cast<std::uint16_t>(symbols[0] << 13 | run), run};
  }
  const std::size_t width = large ? 2 : 1;
  const std::size_t taken = std::min(symbols.size(), large ? kTwoBitSymbols : kOneBitSymbols);
  std::uint16_t chunk = large ? kVector | kTwoBits : kVector;
  for (std::size_t i = 0; i < taken; ++i) {
    chunk |= static_cast<std::uint16_t>(symbols[i] << (14 - width * (i + 1)));
  }
  return {chunk, taken};
}

}  // namespace

void AppendTransportFeedback(Bytes& out, const TransportFeedback& feedback) {
  const auto& packets = feedback.packets;
  const auto first = std::ranges::find(packets, true, &TransportPacketStatus::received);
  INGRESS_CHECK(first != packets.end() && packets.size() <= kMaxTransportFeedback);
  const std::int64_t reference = first->arrival / kReferenceUnit;
  const Encoded encoded = Encode(feedback, reference * (kReferenceUnit / kDeltaUnit));

  Bytes body;
  ByteWriter writer(body);
  writer.WriteU16(packets.front().sequence);
  writer.WriteU16(static_cast<std::uint16_t>(packets.size()));
  writer.WriteU24(static_cast<std::uint32_t>(reference));
  writer.WriteU8(feedback.count);
  for (std::span<const std::uint8_t> rest = encoded.symbols; !rest.empty();) {
    const auto [chunk, taken] = NextChunk(rest);
    writer.WriteU16(chunk);
    rest = rest.subspan(taken);
  }
  for (const std::int64_t delta : encoded.deltas) {
    if (delta >= 0 && delta <= 0xff) {
      writer.WriteU8(static_cast<std::uint8_t>(delta));
    } else {
      writer.WriteU16(static_cast<std::uint16_t>(delta));
    }
  }
  body.resize((body.size() + 3) / 4 * 4, 0);

  ByteWriter header(out);
  WriteCommonHeader(header, kFormatTransportWide, kTypeTransportFeedback, 2 + body.size() / 4);
  header.WriteU32(feedback.sender_ssrc);
  header.WriteU32(feedback.media_ssrc);
  header.WriteBytes(body);
}

}  // namespace ingress::rtp
