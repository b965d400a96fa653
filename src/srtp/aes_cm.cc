#include "srtp/aes_cm.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/big_endian.h"
#include "srtp/wire.h"

namespace ingress::srtp {

Result<std::unique_ptr<Cipher>> AesCm::Make(const SessionKeys& keys) {
  crypto::CipherHandle context(EVP_CIPHER_CTX_new());
  if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, keys.cipher.data(),
                                     nullptr) != 1) {
    return crypto::FailOpenssl("srtp: AES-CM");
  }
  auto hmac = crypto::HmacSha1::Make(keys.authentication);
  if (!hmac) return std::unexpected(std::move(hmac.error()));
  Salt salt;
  std::ranges::copy(ByteView(keys.salt).first(salt.bytes().size()), salt.bytes().begin());
  return std::unique_ptr<Cipher>(new AesCm(std::move(context), std::move(*hmac), salt));
}

Result<std::size_t> AesCm::SealRtp(const PacketId& id, ByteView packet, std::size_t header_size,
                                   std::span<std::uint8_t> out) {
  CopyHeader(packet.first(header_size), out);
  if (!ApplyKeyStream(id, packet.subspan(header_size), out.subspan(header_size))) {
    return crypto::FailOpenssl("srtp: seal");
  }
  std::array<std::uint8_t, 4> roc{};  // authenticated, but not sent (RFC 3711 §4.2)
  StoreBigEndian<std::uint32_t>(roc, static_cast<std::uint32_t>(id.index >> 16));
  crypto::HmacSha1::Digest code{};
  if (!hmac_.Sign({out.first(packet.size()), roc}, code)) return crypto::FailOpenssl("srtp: sign");
  std::ranges::copy(std::span(code).first(kTagSize), out.subspan(packet.size()).begin());
  return packet.size() + kTagSize;
}

Result<std::size_t> AesCm::SealRtcp(const PacketId& id, ByteView packet,
                                    std::span<std::uint8_t> out) {
  CopyHeader(packet.first(kRtcpHeaderSize), out);
  if (!ApplyKeyStream(id, packet.subspan(kRtcpHeaderSize), out.subspan(kRtcpHeaderSize))) {
    return crypto::FailOpenssl("srtp: seal RTCP");
  }
  StoreBigEndian<std::uint32_t>(out.subspan(packet.size()),
                                static_cast<std::uint32_t>(id.index) | kRtcpEncrypted);
  const std::size_t tag_at = packet.size() + kRtcpIndexSize;
  crypto::HmacSha1::Digest code{};
  if (!hmac_.Sign({out.first(tag_at)}, code)) return crypto::FailOpenssl("srtp: sign RTCP");
  std::ranges::copy(std::span(code).first(kTagSize), out.subspan(tag_at).begin());
  return tag_at + kTagSize;
}

Result<std::size_t> AesCm::OpenRtcp(const PacketId& id, std::span<std::uint8_t> packet) {
  crypto::HmacSha1::Digest code{};
  if (!hmac_.Sign({packet.first(packet.size() - kTagSize)}, code)) {
    return crypto::FailOpenssl("srtp: sign RTCP");
  }
  if (CRYPTO_memcmp(code.data(), packet.last(kTagSize).data(), kTagSize) != 0) {
    return Fail(ErrorCode::kUnauthorized, "srtp: wrong RTCP tag");
  }
  const std::size_t size = packet.size() - rtcp_overhead();
  const std::span<std::uint8_t> payload = packet.first(size).subspan(kRtcpHeaderSize);
  if (!ApplyKeyStream(id, payload, payload)) return crypto::FailOpenssl("srtp: open RTCP");
  return size;
}

bool AesCm::ApplyKeyStream(const PacketId& id, ByteView in, std::span<std::uint8_t> out) {
  std::array<std::uint8_t, 16> counter{};
  std::ranges::copy(salt_.bytes(), counter.begin());
  MixIn(std::span(counter).subspan<4, 10>(), id.ssrc, id.index);
  int written = 0;
  return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, counter.data()) == 1 &&
         EVP_EncryptUpdate(context_.get(), out.data(), &written, in.data(),
                           static_cast<int>(in.size())) == 1;
}

}  // namespace ingress::srtp
