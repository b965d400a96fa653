#include "whip_transport/dtls_srtp.h"

#include <algorithm>

namespace ingress::whip_transport {

Result<DtlsSrtp> DtlsSrtp::Make(const rtc::Certificate& certificate,
                                rtc::DtlsTransport::Options options) {
  auto dtls = rtc::DtlsTransport::Make(certificate, std::move(options));
  if (!dtls) return std::unexpected(std::move(dtls.error()));
  return DtlsSrtp(std::move(*dtls));
}

std::optional<srtp::Profile> DtlsSrtp::profile() const {
  if (!protection_) return std::nullopt;
  return protection_->profile;
}

std::expected<std::size_t, DtlsSrtp::Drop> DtlsSrtp::OpenRtp(std::span<std::uint8_t> packet) {
  const auto size = protection_->rtp.Open(packet);
  if (!size) return std::unexpected(ToString(size.error()));
  return *size;
}

std::expected<std::size_t, DtlsSrtp::Drop> DtlsSrtp::OpenRtcp(std::span<std::uint8_t> packet) {
  Bytes copy(packet.begin(), packet.end());
  if (const auto opened = protection_->rtcp.Unprotect(copy); !opened) {
    switch (opened.error().code) {
      case ErrorCode::kMalformed:
        return std::unexpected("rtcp_malformed");
      case ErrorCode::kLimitExceeded:
        return std::unexpected("rtcp_too_many_senders");
      default:
        return std::unexpected("rtcp_forged");
    }
  }
  std::ranges::copy(copy, packet.begin());
  return copy.size();
}

Result<Bytes> DtlsSrtp::ProtectRtcp(ByteView packet) {
  Bytes out(packet.size() + srtp::Outbound::kMaxOverhead);
  const auto size = protection_->outbound.ProtectRtcp(packet, out);
  if (!size) return std::unexpected(size.error());
  out.resize(*size);
  return out;
}

Result<void> DtlsSrtp::Advanced(Result<void> result) {
  if (!result || connected() || !dtls_->keys()) return result;
  auto used = UseKeys(*dtls_->keys());
  dtls_->ForgetKeys();
  return used;
}

Result<void> DtlsSrtp::UseKeys(const srtp::Keys& keys) {
  auto rtp = SrtpInbound::Make(keys.profile, keys.remote);
  if (!rtp) return std::unexpected(std::move(rtp.error()));
  auto rtcp = srtp::RtcpInbound::Make(keys.profile, keys.remote);
  if (!rtcp) return std::unexpected(std::move(rtcp.error()));
  auto outbound = srtp::Outbound::Make(keys.profile, keys.local);
  if (!outbound) return std::unexpected(std::move(outbound.error()));
  protection_.emplace(Protection{.profile = keys.profile,
                                 .rtp = std::move(*rtp),
                                 .rtcp = std::move(*rtcp),
                                 .outbound = std::move(*outbound)});
  return {};
}

}  // namespace ingress::whip_transport
