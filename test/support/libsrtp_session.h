#pragma once

#include <srtp2/srtp.h>

#include <cstdlib>
#include <memory>

#include "base/bytes.h"
#include "srtp/keys.h"

namespace ingress::test {

/// One direction of SRTP by libsrtp, which shares no code with ours: the other end in tests.
class LibsrtpSession {
 public:
  enum class Direction { kOutbound, kInbound };

  /// Starts libsrtp, whose start is not safe for threads: call it before there are several, where
  /// what is tested starts it as well.
  static void StartLibrary() {
    // It takes a second call for a mistake: what is tested may have started it.
    static const srtp_err_status_t initialised = srtp_init();
    if (initialised != srtp_err_status_bad_param) Require(initialised);
  }

  /// `key`: master key and salt as in srtp::Keys.
  LibsrtpSession(Direction direction, srtp::Profile profile, ByteView key) {
    StartLibrary();
    Bytes writable_key(key.begin(), key.end());  // the policy wants a non-const pointer
    srtp_policy_t policy{};
    for (srtp_crypto_policy_t* half : {&policy.rtp, &policy.rtcp}) {
      if (profile == srtp::Profile::kAeadAes128Gcm) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(half);
      } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(half);
      }
    }
    policy.ssrc.type = direction == Direction::kOutbound ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = writable_key.data();
    policy.window_size = 1024;
    policy.allow_repeat_tx = 1;  // as we do
    srtp_t session = nullptr;
    Require(srtp_create(&session, &policy));
    handle_.reset(session);
  }

  /// In place. False when libsrtp refuses; the bytes are then unspecified.
  bool ProtectRtp(Bytes& packet) { return Protect(srtp_protect, packet); }
  /// `memory` begins with a packet of `size` bytes and has room behind it.
  bool ProtectRtpInPlace(Bytes& memory, std::size_t size) {
    auto new_size = static_cast<int>(size);
    return srtp_protect(handle_.get(), memory.data(), &new_size) == srtp_err_status_ok;
  }
  bool ProtectRtcp(Bytes& packet) { return Protect(srtp_protect_rtcp, packet); }
  bool UnprotectRtp(Bytes& packet) { return Change(srtp_unprotect, packet, packet.size()); }
  bool UnprotectRtcp(Bytes& packet) { return Change(srtp_unprotect_rtcp, packet, packet.size()); }

 private:
  static void Require(srtp_err_status_t status) {
    if (status != srtp_err_status_ok) std::abort();  // in fuzz targets, too
  }

  using Operation = srtp_err_status_t (*)(srtp_t session, void* packet, int* size);

  bool Protect(Operation operation, Bytes& packet) {
    const std::size_t size = packet.size();
    packet.resize(size + SRTP_MAX_TRAILER_LEN + 4);
    return Change(operation, packet, size);
  }

  bool Change(Operation operation, Bytes& packet, std::size_t size) {
    auto new_size = static_cast<int>(size);
    if (operation(handle_.get(), packet.data(), &new_size) != srtp_err_status_ok) return false;
    packet.resize(static_cast<std::size_t>(new_size));
    return true;
  }

  struct Deleter {
    void operator()(srtp_t session) const { srtp_dealloc(session); }
  };
  std::unique_ptr<srtp_ctx_t, Deleter> handle_;
};

}  // namespace ingress::test
