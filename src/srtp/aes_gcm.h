#pragma once

#include <array>
#include <initializer_list>

#include "crypto/openssl_handle.h"
#include "crypto/secret_bytes.h"
#include "srtp/cipher.h"

namespace ingress::srtp {

/// AEAD_AES_128_GCM (RFC 7714): a tag of 16 bytes; in SRTCP the index stands behind it.
class AesGcm final : public Cipher {
 public:
  static constexpr std::size_t kTagSize = 16;

  static Result<std::unique_ptr<Cipher>> Make(const SessionKeys& keys);

  Result<std::size_t> SealRtp(const PacketId& id, ByteView packet, std::size_t header_size,
                              std::span<std::uint8_t> out) override;
  Result<std::size_t> SealRtcp(const PacketId& id, ByteView packet,
                               std::span<std::uint8_t> out) override;
  Result<std::size_t> OpenRtcp(const PacketId& id, std::span<std::uint8_t> packet) override;
  std::size_t rtcp_trailer() const override { return 0; }
  std::size_t rtcp_overhead() const override { return kTagSize + kRtcpIndexSize; }

 private:
  using Vector = std::array<std::uint8_t, 12>;
  using Salt = crypto::SecretArray<12>;

  AesGcm(crypto::CipherHandle context, const Salt& salt)
      : context_(std::move(context)), salt_(salt) {}

  Vector VectorOf(const PacketId& id) const;
  bool Authenticate(std::initializer_list<ByteView> clear);
  /// `out`: as long as `plain`, and the tag.
  bool Encrypt(const PacketId& id, std::initializer_list<ByteView> clear, ByteView plain,
               std::span<std::uint8_t> out);

  crypto::CipherHandle context_;  // holds the key, expanded
  Salt salt_;
};

}  // namespace ingress::srtp
