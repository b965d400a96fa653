#include <algorithm>
#include <array>

#include "srtp/outbound.h"
#include "srtp/rtcp_inbound.h"

namespace {

using namespace ingress;

constexpr std::size_t kMaxPacket = 2048;

void Require(bool property) {
  if (!property) __builtin_trap();
}

/// No foreign bytes open, whatever they say about themselves.
void OpenForged(srtp::RtcpInbound& receiver, ByteView data) {
  Bytes packet(data.begin(), data.end());
  Require(!receiver.Unprotect(packet));
}

/// What we protect opens once, and not with a bit of it flipped.
void RoundTrip(srtp::Outbound& sender, srtp::RtcpInbound& receiver, ByteView data,
               std::size_t flip) {
  std::array<std::uint8_t, kMaxPacket + srtp::Outbound::kMaxOverhead> out{};
  const auto size = sender.ProtectRtcp(data, out);
  Require(size.has_value() == (data.size() >= srtp::kRtcpHeaderSize));
  if (!size) return;
  const Bytes sent(out.data(), out.data() + *size);
  Bytes forged = sent;
  forged[flip / 8 % *size] ^= static_cast<std::uint8_t>(1 << flip % 8);
  Require(!receiver.Unprotect(forged));
  Bytes opened = sent;
  Require(receiver.Unprotect(opened) && std::ranges::equal(opened, data));
  Bytes again = sent;
  Require(!receiver.Unprotect(again));
}

/// A packet whose header fits grows by its tag, and its fixed header stays readable.
void ProtectRtp(srtp::Outbound& sender, ByteView data) {
  std::array<std::uint8_t, kMaxPacket + srtp::Outbound::kMaxOverhead> out{};
  const auto size = sender.ProtectRtp(data, out);
  Require(!size ||
          (*size > data.size() && std::ranges::equal(data.first(12), std::span(out).first(12))));
}

}  // namespace

// The first byte picks the profile, the next two a bit; the rest is a packet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > kMaxPacket) return 0;
  const auto profile =
      data[0] % 2 == 0 ? srtp::Profile::kAeadAes128Gcm : srtp::Profile::kAes128CmSha1_80;
  const Bytes key(srtp::kKeySize + srtp::SaltSize(profile), 7);
  auto sender = srtp::Outbound::Make(profile, key);
  auto receiver = srtp::RtcpInbound::Make(profile, key);
  Require(sender && receiver);
  const ByteView packet(data + 3, size - 3);
  OpenForged(*receiver, packet);
  RoundTrip(*sender, *receiver, packet, std::size_t{data[1]} << 8 | data[2]);
  ProtectRtp(*sender, packet);
  return 0;
}
