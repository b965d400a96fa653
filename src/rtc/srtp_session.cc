#include "rtc/srtp_session.h"

#include <string>

namespace ingress::rtc {
namespace {

// Packets behind the newest one that may still be protected or accepted. A burst of lost packets
// at 20 Mb/s reaches back a few thousand.
constexpr unsigned long kWindow = 8192;

std::string Describe(const char* step, srtp_err_status_t status) {
  return std::string("srtp ") + step + ": status " + std::to_string(status);
}

void SetPolicies(SrtpProfile profile, srtp_policy_t& policy) {
  if (profile == SrtpProfile::kAeadAes128Gcm) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  }
}

template <typename Operation>
Result<std::size_t> Protect(const char* step, Operation operation, srtp_t session,
                            std::span<std::uint8_t> buffer, std::size_t size) {
  if (size + SrtpSession::kMaxOverhead > buffer.size()) {
    return Fail(ErrorCode::kInternal, std::string("srtp ") + step + ": no room for the tag");
  }
  auto protected_size = static_cast<int>(size);
  const srtp_err_status_t status = operation(session, buffer.data(), &protected_size);
  if (status != srtp_err_status_ok) return Fail(ErrorCode::kInternal, Describe(step, status));
  return static_cast<std::size_t>(protected_size);
}

template <typename Operation>
Result<void> Unprotect(const char* step, Operation operation, srtp_t session, Bytes& packet) {
  auto size = static_cast<int>(packet.size());
  const srtp_err_status_t status = operation(session, packet.data(), &size);
  switch (status) {
    case srtp_err_status_ok:
      packet.resize(static_cast<std::size_t>(size));
      return {};
    case srtp_err_status_auth_fail:
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
      return Fail(ErrorCode::kUnauthorized, Describe(step, status));
    default:
      return Fail(ErrorCode::kMalformed, Describe(step, status));
  }
}

}  // namespace

Result<void> InitSrtp() {
  static const srtp_err_status_t status = srtp_init();
  if (status != srtp_err_status_ok) return Fail(ErrorCode::kInternal, Describe("init", status));
  return {};
}

Result<SrtpSession> SrtpSession::Make(Direction direction, SrtpProfile profile, ByteView key) {
  if (key.size() != kSrtpKeySize + SrtpSaltSize(profile)) {
    return Fail(ErrorCode::kMalformed, "srtp: key of " + std::to_string(key.size()) + " bytes");
  }
  if (auto initialised = InitSrtp(); !initialised) return std::unexpected(initialised.error());
  Bytes writable_key(key.begin(), key.end());  // libsrtp's policy wants a non-const pointer
  srtp_policy_t policy{};
  SetPolicies(profile, policy);
  policy.ssrc.type = direction == Direction::kOutbound ? ssrc_any_outbound : ssrc_any_inbound;
  policy.key = writable_key.data();
  policy.window_size = kWindow;
  policy.allow_repeat_tx = 1;

  srtp_t session = nullptr;
  const srtp_err_status_t status = srtp_create(&session, &policy);
  Handle handle(session);
  if (status != srtp_err_status_ok) return Fail(ErrorCode::kInternal, Describe("create", status));
  return SrtpSession(std::move(handle));
}

Result<std::size_t> SrtpSession::ProtectRtp(std::span<std::uint8_t> buffer, std::size_t size) {
  return Protect("protect", srtp_protect, handle_.get(), buffer, size);
}

Result<std::size_t> SrtpSession::ProtectRtcp(std::span<std::uint8_t> buffer, std::size_t size) {
  return Protect("protect RTCP", srtp_protect_rtcp, handle_.get(), buffer, size);
}

Result<void> SrtpSession::UnprotectRtp(Bytes& packet) {
  return Unprotect("unprotect", srtp_unprotect, handle_.get(), packet);
}

Result<void> SrtpSession::UnprotectRtcp(Bytes& packet) {
  return Unprotect("unprotect RTCP", srtp_unprotect_rtcp, handle_.get(), packet);
}

}  // namespace ingress::rtc
