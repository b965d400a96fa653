#include "whip_transport/srtp_inbound.h"

#include <srtp2/srtp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/byte_reader.h"

namespace ingress::whip_transport {
namespace {

constexpr std::size_t kFixedHeaderSize = 12;
constexpr std::size_t kTagSize = 10;  // of the shorter of the two
constexpr std::size_t kSsrcAt = 8;

std::unexpected<Error> FailSrtp(std::string_view step, srtp_err_status_t status) {
  return Fail(ErrorCode::kInternal,
              "libsrtp: " + std::string(step) + ": error " + std::to_string(status));
}

/// Once in a process; the library takes a second call for a mistake (bad_param), which means that
/// somebody else has started it.
Result<void> StartLibrary() {
  static const srtp_err_status_t started = srtp_init();
  if (started == srtp_err_status_ok || started == srtp_err_status_bad_param) return {};
  return FailSrtp("start", started);
}

SrtpInbound::Refusal RefusalOf(srtp_err_status_t status) {
  using Refusal = SrtpInbound::Refusal;
  switch (status) {
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:  // of a cipher that authenticates itself
      return Refusal::kForged;
    case srtp_err_status_replay_fail:
      return Refusal::kReplayed;
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
      return Refusal::kTooLate;
    case srtp_err_status_bad_param:
    case srtp_err_status_parse_err:
      return Refusal::kMalformed;
    default:
      return Refusal::kFailed;
  }
}

}  // namespace

std::string_view ToString(SrtpInbound::Refusal refusal) {
  using Refusal = SrtpInbound::Refusal;
  switch (refusal) {
    case Refusal::kMalformed:
      return "rtp_malformed";
    case Refusal::kForged:
      return "rtp_forged";
    case Refusal::kReplayed:
      return "rtp_replayed";
    case Refusal::kTooLate:
      return "rtp_too_late";
    case Refusal::kTooManyStreams:
      return "rtp_too_many_streams";
    case Refusal::kFailed:
      return "rtp_failed";
  }
  return "";
}

void SrtpInbound::Deleter::operator()(srtp_ctx_t_* session) const { srtp_dealloc(session); }

Result<SrtpInbound> SrtpInbound::Make(srtp::Profile profile, ByteView key) {
  if (key.size() != srtp::kKeySize + srtp::SaltSize(profile)) {
    return Fail(ErrorCode::kMalformed, "srtp: key of " + std::to_string(key.size()) + " bytes");
  }
  if (auto started = StartLibrary(); !started) return std::unexpected(std::move(started.error()));
  crypto::SecretBytes writable_key(key.begin(), key.end());  // its interface has no const
  srtp_policy_t policy{};
  for (srtp_crypto_policy_t* half : {&policy.rtp, &policy.rtcp}) {
    if (profile == srtp::Profile::kAeadAes128Gcm) {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(half);
    } else {
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(half);
    }
  }
  policy.ssrc.type = ssrc_any_inbound;
  policy.key = writable_key.data();
  policy.window_size = kWindow;
  srtp_t session = nullptr;
  if (const auto made = srtp_create(&session, &policy); made != srtp_err_status_ok) {
    return FailSrtp("session", made);
  }
  return SrtpInbound(Session(session));
}

std::expected<std::size_t, SrtpInbound::Refusal> SrtpInbound::Open(std::span<std::uint8_t> packet) {
  if (packet.size() < kFixedHeaderSize + kTagSize) return std::unexpected(Refusal::kMalformed);
  const std::uint32_t ssrc = ByteReader(ByteView(packet).subspan(kSsrcAt)).ReadU32();
  const bool known = std::ranges::find(streams_, ssrc) != streams_.end();
  if (!known && streams_.size() == kMaxStreams) return std::unexpected(Refusal::kTooManyStreams);
  auto size = static_cast<int>(packet.size());
  const srtp_err_status_t opened = srtp_unprotect(session_.get(), packet.data(), &size);
  if (opened != srtp_err_status_ok) return std::unexpected(RefusalOf(opened));
  if (!known) streams_.push_back(ssrc);
  return static_cast<std::size_t>(size);
}

}  // namespace ingress::whip_transport
