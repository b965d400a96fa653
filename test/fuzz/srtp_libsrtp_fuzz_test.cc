// Our SRTP beside libsrtp: what both protect is the same to the last byte, and what one of them
// opens the other does too.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/byte_reader.h"
#include "srtp/outbound.h"
#include "srtp/rtcp_inbound.h"
#include "support/libsrtp_session.h"

namespace {

using namespace ingress;
using test::LibsrtpSession;

constexpr std::size_t kMaxInput = 4096;
constexpr std::size_t kMaxPacket = 400;
constexpr std::uint32_t kSsrcs = 4;

void Require(bool property) {
  if (!property) __builtin_trap();
}

class Comparison {
 public:
  explicit Comparison(srtp::Profile profile)
      : key_(srtp::kKeySize + srtp::SaltSize(profile), 7),
        ours_(srtp::Outbound::Make(profile, key_).value()),
        our_inbound_(srtp::RtcpInbound::Make(profile, key_).value()),
        theirs_(LibsrtpSession::Direction::kOutbound, profile, key_),
        their_inbound_(LibsrtpSession::Direction::kInbound, profile, key_) {}

  /// A packet of an SSRC that goes `step` on from the last one.
  void ProtectRtp(std::uint32_t ssrc, int step, Bytes packet) {
    Position& position = positions_.at(ssrc % kSsrcs);
    const std::int64_t index = position.newest + step;
    if (index < 0) return;
    packet.resize(std::max<std::size_t>(packet.size(), 12));
    packet[2] = static_cast<std::uint8_t>(index >> 8);
    packet[3] = static_cast<std::uint8_t>(index);
    std::ranges::fill(packet.begin() + 8, packet.begin() + 12, static_cast<std::uint8_t>(ssrc));
    const auto our = Ours([&](auto out) { return ours_.ProtectRtp(packet, out); }, packet);
    const bool again = position.sent.contains(index);
    if (!our) {
      // A header that does not fit, or another packet under an index that was used.
      Bytes their = packet;
      Require(again || !theirs_.ProtectRtp(their));
      return;
    }
    position.newest = std::max(position.newest, index);
    position.sent.insert(index);
    Bytes their = packet;
    Require(theirs_.ProtectRtp(their) && their == *our);
    if (again) return;
    Bytes opened = *our;
    Require(their_inbound_.UnprotectRtp(opened) && opened == packet);
  }

  void ProtectRtcp(const Bytes& packet) {
    SkipFirstIndex(packet);
    const auto our = Ours([&](auto out) { return ours_.ProtectRtcp(packet, out); }, packet);
    Bytes their = packet;
    const bool protected_by_them = theirs_.ProtectRtcp(their);
    Require(our.has_value() == protected_by_them);
    if (our) Require(*our == their);
    if (our) last_rtcp_ = *our;
  }

  /// The last RTCP packet with some bytes changed, or as it is.
  void OpenRtcp(std::size_t at, std::uint8_t change) {
    if (last_rtcp_.empty()) return;
    Bytes our = last_rtcp_;
    our[at % our.size()] ^= change;
    Bytes their = our;
    const bool opened = our_inbound_.Unprotect(our).has_value();
    Require(opened == their_inbound_.UnprotectRtcp(their));
    if (opened) Require(our == their);
  }

 private:
  struct Position {
    std::int64_t newest = 0;
    std::set<std::int64_t> sent;
  };

  /// libsrtp gives the first report of an SSRC index 1; RFC 3711 §3.4 begins with 0.
  void SkipFirstIndex(const Bytes& packet) {
    if (packet.size() < srtp::kRtcpHeaderSize) return;
    const Bytes ssrc(packet.begin() + 4, packet.begin() + 8);
    if (!reported_.insert(ssrc).second) return;
    Bytes out(packet.size() + srtp::Outbound::kMaxOverhead);
    Require(ours_.ProtectRtcp(packet, out).has_value());
  }

  template <typename Protect>
  static std::optional<Bytes> Ours(Protect protect, const Bytes& packet) {
    Bytes out(packet.size() + srtp::Outbound::kMaxOverhead);
    const auto size = protect(std::span<std::uint8_t>(out));
    if (!size) return std::nullopt;
    out.resize(*size);
    return out;
  }

  Bytes key_;
  srtp::Outbound ours_;
  srtp::RtcpInbound our_inbound_;
  LibsrtpSession theirs_;
  LibsrtpSession their_inbound_;
  std::array<Position, kSsrcs> positions_;
  std::set<Bytes> reported_;  // SSRCs
  Bytes last_rtcp_;
};

}  // namespace

// The first byte picks the profile; then steps: what to do, two operands, a length, a packet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > kMaxInput) return 0;
  Comparison comparison(data[0] % 2 == 0 ? srtp::Profile::kAeadAes128Gcm
                                         : srtp::Profile::kAes128CmSha1_80);
  ByteReader reader(ByteView(data + 1, size - 1));
  while (reader.remaining() >= 4) {
    const std::uint8_t what = reader.ReadU8();
    const std::uint8_t first = reader.ReadU8();
    const auto second = static_cast<std::int8_t>(reader.ReadU8());
    const std::size_t wanted = std::min<std::size_t>(std::size_t{2} * reader.ReadU8(), kMaxPacket);
    const ByteView bytes = reader.ReadBytes(std::min(wanted, reader.remaining()));
    const Bytes packet(bytes.begin(), bytes.end());
    if (what % 3 == 0) {
      comparison.ProtectRtp(first, second * (first > 127 ? 100 : 1), packet);
    } else if (what % 3 == 1) {
      comparison.ProtectRtcp(packet);
    } else {
      comparison.OpenRtcp(first, static_cast<std::uint8_t>(second));
    }
  }
  return 0;
}
