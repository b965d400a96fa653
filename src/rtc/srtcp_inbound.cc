#include "rtc/srtcp_inbound.h"

#include <algorithm>
#include <ranges>
#include <span>
#include <string>

#include "rtc/srtp_wire.h"

namespace ingress::rtc {
namespace {

constexpr std::size_t kSsrcAt = 4;

}  // namespace

Result<SrtcpInbound> SrtcpInbound::Make(SrtpProfile profile, ByteView key) {
  auto cipher = SrtpCipher::Make(profile, key, SrtpHalf::kRtcp);
  if (!cipher) return std::unexpected(cipher.error());
  return SrtcpInbound(std::move(*cipher));
}

Result<void> SrtcpInbound::Unprotect(Bytes& packet) {
  if (packet.size() < kSrtcpHeaderSize + cipher_->srtcp_overhead()) {
    return Fail(ErrorCode::kMalformed,
                "srtp: RTCP packet of " + std::to_string(packet.size()) + " bytes");
  }
  const ByteView view(packet);
  const auto index_word =
      LoadBigEndian<std::uint32_t>(view.last(cipher_->srtcp_trailer() + kSrtcpIndexSize));
  // Both profiles demand encryption, so nobody who holds the key leaves it out.
  if ((index_word & kSrtcpEncrypted) == 0) {
    return Fail(ErrorCode::kUnauthorized, "srtp: RTCP is not encrypted");
  }
  const SrtpPacketId id{.ssrc = LoadBigEndian<std::uint32_t>(view.subspan(kSsrcAt)),
                        .index = index_word & ~kSrtcpEncrypted};
  Sender* sender = Find(id.ssrc);
  if (sender != nullptr && !sender->window.Accepts(id.index)) {
    return Fail(ErrorCode::kUnauthorized,
                "srtp: RTCP index " + std::to_string(id.index) + " again");
  }
  const auto size = cipher_->OpenRtcp(id, packet);
  if (!size) return std::unexpected(size.error());
  if (sender == nullptr) {
    if (senders_.size() == kMaxSenders) {
      return Fail(ErrorCode::kLimitExceeded, "srtp: RTCP of too many SSRCs");
    }
    sender = &senders_.emplace_back(Sender{.ssrc = id.ssrc});
  }
  sender->window.Insert(id.index);
  packet.resize(*size);
  return {};
}

SrtcpInbound::Sender* SrtcpInbound::Find(std::uint32_t ssrc) {
  const auto from_last = std::views::reverse(senders_);
  const auto found = std::ranges::find(from_last, ssrc, &Sender::ssrc);
  return found == from_last.end() ? nullptr : &*found;
}

}  // namespace ingress::rtc
