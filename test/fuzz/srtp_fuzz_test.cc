#include <algorithm>
#include <array>

#include "rtc/srtcp_inbound.h"
#include "rtc/srtp_outbound.h"

namespace {

using namespace ingress;

constexpr std::size_t kMaxPacket = 2048;

void Require(bool property) {
  if (!property) __builtin_trap();
}

/// No foreign bytes open, whatever they say about themselves.
void OpenForged(rtc::SrtcpInbound& receiver, ByteView data) {
  Bytes packet(data.begin(), data.end());
  Require(!receiver.Unprotect(packet));
}

/// What we protect opens once, and not with a bit of it flipped.
void RoundTrip(rtc::SrtpOutbound& sender, rtc::SrtcpInbound& receiver, ByteView data,
               std::size_t flip) {
  std::array<std::uint8_t, kMaxPacket + rtc::SrtpOutbound::kMaxOverhead> out{};
  const auto size = sender.ProtectRtcp(data, out);
  Require(size.has_value() == (data.size() >= rtc::kSrtcpHeaderSize));
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
void ProtectRtp(rtc::SrtpOutbound& sender, ByteView data) {
  std::array<std::uint8_t, kMaxPacket + rtc::SrtpOutbound::kMaxOverhead> out{};
  const auto size = sender.ProtectRtp(data, out);
  Require(!size ||
          (*size > data.size() && std::ranges::equal(data.first(12), std::span(out).first(12))));
}

}  // namespace

// The first byte picks the profile, the next two a bit; the rest is a packet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > kMaxPacket) return 0;
  const auto profile =
      data[0] % 2 == 0 ? rtc::SrtpProfile::kAeadAes128Gcm : rtc::SrtpProfile::kAes128CmSha1_80;
  const Bytes key(rtc::kSrtpKeySize + rtc::SrtpSaltSize(profile), 7);
  auto sender = rtc::SrtpOutbound::Make(profile, key);
  auto receiver = rtc::SrtcpInbound::Make(profile, key);
  Require(sender && receiver);
  const ByteView packet(data + 3, size - 3);
  OpenForged(*receiver, packet);
  RoundTrip(*sender, *receiver, packet, std::size_t{data[1]} << 8 | data[2]);
  ProtectRtp(*sender, packet);
  return 0;
}
