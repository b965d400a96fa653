#pragma once

#include <array>
#include <initializer_list>

#include "rtc/openssl_handle.h"
#include "rtc/srtp_cipher.h"

namespace ingress::rtc {

/// AEAD_AES_128_GCM (RFC 7714): a tag of 16 bytes; in SRTCP the index stands behind it.
class SrtpAesGcm final : public SrtpCipher {
 public:
  static constexpr std::size_t kTagSize = 16;

  static Result<std::unique_ptr<SrtpCipher>> Make(const SrtpSessionKeys& keys);

  Result<std::size_t> SealRtp(const SrtpPacketId& id, ByteView packet, std::size_t header_size,
                              std::span<std::uint8_t> out) override;
  Result<std::size_t> SealRtcp(const SrtpPacketId& id, ByteView packet,
                               std::span<std::uint8_t> out) override;
  Result<std::size_t> OpenRtcp(const SrtpPacketId& id, std::span<std::uint8_t> packet) override;
  std::size_t srtcp_trailer() const override { return 0; }
  std::size_t srtcp_overhead() const override { return kTagSize + kSrtcpIndexSize; }

 private:
  using Vector = std::array<std::uint8_t, 12>;

  SrtpAesGcm(CipherHandle context, const Vector& salt)
      : context_(std::move(context)), salt_(salt) {}

  Vector VectorOf(const SrtpPacketId& id) const;
  bool Authenticate(std::initializer_list<ByteView> clear);
  /// `out`: as long as `plain`, and the tag.
  bool Encrypt(const SrtpPacketId& id, std::initializer_list<ByteView> clear, ByteView plain,
               std::span<std::uint8_t> out);

  CipherHandle context_;  // holds the key, expanded
  Vector salt_;
};

}  // namespace ingress::rtc
