#include <string>

#include "base/byte_reader.h"
#include "rtp/rtcp.h"

namespace ingress::rtp {
namespace {

constexpr std::chrono::microseconds kReferenceUnit{64'000};
constexpr std::chrono::microseconds kDeltaUnit{250};

enum Symbol : std::uint8_t { kNotReceived = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

/// The status symbols of one 16-bit chunk (§3.1.2 to §3.1.4), at most `wanted` of them.
void ReadChunk(std::uint16_t chunk, std::size_t wanted, std::vector<Symbol>& out) {
  const std::size_t end = out.size() + wanted;
  if ((chunk & 0x8000) == 0) {  // run length
    const std::size_t run = chunk & 0x1fff;
    out.resize(std::min(end, out.size() + run), static_cast<Symbol>(chunk >> 13 & 3));
    return;
  }
  const bool two_bits = (chunk & 0x4000) != 0;
  const int width = two_bits ? 2 : 1;
  for (int shift = 14 - width; shift >= 0 && out.size() < end; shift -= width) {
    out.push_back(static_cast<Symbol>(chunk >> shift & (two_bits ? 3 : 1)));
  }
}

Result<std::vector<Symbol>> ReadSymbols(ByteReader& reader, std::size_t count) {
  std::vector<Symbol> symbols;
  symbols.reserve(count);
  while (symbols.size() < count) {
    const std::uint16_t chunk = reader.ReadU16();
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtcp: transport feedback lacks chunks");
    ReadChunk(chunk, count - symbols.size(), symbols);
  }
  return symbols;
}

}  // namespace

Result<TransportFeedback> ParseTransportFeedback(ByteView body) {
  ByteReader reader(body);
  std::uint16_t sequence = reader.ReadU16();
  const std::size_t count = reader.ReadU16();
  std::chrono::microseconds arrival = reader.ReadU24() * kReferenceUnit;
  TransportFeedback feedback{.count = reader.ReadU8()};
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtcp: transport feedback header");
  if (count > kMaxTransportFeedback) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtcp: transport feedback on " + std::to_string(count) + " packets");
  }
  const auto symbols = ReadSymbols(reader, count);
  if (!symbols) return std::unexpected(symbols.error());

  feedback.packets.reserve(count);
  for (const Symbol symbol : *symbols) {
    TransportPacketStatus status{.sequence = sequence++};
    if (symbol == kReserved) {
      return Fail(ErrorCode::kMalformed, "rtcp: transport feedback with reserved symbol");
    }
    if (symbol != kNotReceived) {
      const std::int16_t delta =
          symbol == kSmallDelta ? reader.ReadU8() : static_cast<std::int16_t>(reader.ReadU16());
      arrival += delta * kDeltaUnit;
      status.received = true;
      status.arrival = arrival;
    }
    feedback.packets.push_back(status);
  }
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtcp: transport feedback lacks deltas");
  return feedback;
}

}  // namespace ingress::rtp
