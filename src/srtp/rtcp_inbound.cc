#include "srtp/rtcp_inbound.h"

#include <algorithm>
#include <ranges>
#include <span>
#include <string>

#include "base/big_endian.h"
#include "srtp/wire.h"

namespace ingress::srtp {
namespace {

constexpr std::size_t kSsrcAt = 4;

}  // namespace

Result<RtcpInbound> RtcpInbound::Make(Profile profile, ByteView key) {
  auto cipher = Cipher::Make(profile, key, Half::kRtcp);
  if (!cipher) return std::unexpected(cipher.error());
  return RtcpInbound(std::move(*cipher));
}

Result<void> RtcpInbound::Unprotect(Bytes& packet) {
  if (packet.size() < kRtcpHeaderSize + cipher_->rtcp_overhead()) {
    return Fail(ErrorCode::kMalformed,
                "srtp: RTCP packet of " + std::to_string(packet.size()) + " bytes");
  }
  const ByteView view(packet);
  const auto index_word =
      LoadBigEndian<std::uint32_t>(view.last(cipher_->rtcp_trailer() + kRtcpIndexSize));
  // Both profiles demand encryption, so nobody who holds the key leaves it out.
  if ((index_word & kRtcpEncrypted) == 0) {
    return Fail(ErrorCode::kUnauthorized, "srtp: RTCP is not encrypted");
  }
  const PacketId id{.ssrc = LoadBigEndian<std::uint32_t>(view.subspan(kSsrcAt)),
                    .index = index_word & ~kRtcpEncrypted};
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

RtcpInbound::Sender* RtcpInbound::Find(std::uint32_t ssrc) {
  const auto from_last = std::views::reverse(senders_);
  const auto found = std::ranges::find(from_last, ssrc, &Sender::ssrc);
  return found == from_last.end() ? nullptr : &*found;
}

}  // namespace ingress::srtp
