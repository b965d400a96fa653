#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hmac_sha1.h"
#include "sdp/offer.h"
#include "stun/message.h"

namespace ingress::ice_lite {

/// Fresh credentials for an answer, of 46 and 139 bits (RFC 8445 §5.3 wants 24 and 128).
sdp::IceCredentials NewCredentials();

/// Tells the Binding requests of one session's client from those of strangers: by the user name
/// that both sides' SDP makes, and by a code that our password makes (RFC 8445 §7.2.2, RFC 8489
/// §9.1).
class Authenticator {
 public:
  static constexpr std::size_t kMinUfragSize = 4;
  static constexpr std::size_t kMaxUfragSize = 256;
  static constexpr std::size_t kMinPasswordSize = 22;

  /// `local`: ours. `remote_ufrag`: the client's; empty: any.
  /// Errors: kMalformed for credentials that RFC 8839 §5.4 does not allow or that are longer than
  /// ours ever are, kInternal.
  static Result<Authenticator> Make(const sdp::IceCredentials& local, std::string remote_ufrag);

  /// `message` is what `datagram` was parsed to.
  bool Accepts(ByteView datagram, const stun::Message& message) const;

  /// Ours, to which requests are addressed.
  const std::string& ufrag() const { return ufrag_; }
  /// Returns the key that signs answers.
  const crypto::HmacSha1& key() const { return key_; }

 private:
  Authenticator(std::string ufrag, std::string remote_ufrag, crypto::HmacSha1 key);

  std::string ufrag_;
  std::string remote_ufrag_;
  crypto::HmacSha1 key_;  // has the password
};

/// The ufrag to which a Binding request is addressed: what stands before the colon of USERNAME.
/// Empty when there is no colon.
std::string_view AddressedUfrag(const stun::Message& message);

}  // namespace ingress::ice_lite
