#include "rtc/srtp_aes_cm.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "rtc/srtp_wire.h"

namespace ingress::rtc {

Result<std::unique_ptr<SrtpCipher>> SrtpAesCm::Make(const SrtpSessionKeys& keys) {
  CipherHandle context(EVP_CIPHER_CTX_new());
  if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, keys.cipher.data(),
                                     nullptr) != 1) {
    return FailOpenssl("srtp: AES-CM");
  }
  Salt salt{};
  std::ranges::copy(ByteView(keys.salt).first(salt.size()), salt.begin());
  return std::unique_ptr<SrtpCipher>(
      new SrtpAesCm(std::move(context), HmacSha1(keys.authentication), salt));
}

Result<std::size_t> SrtpAesCm::SealRtp(const SrtpPacketId& id, ByteView packet,
                                       std::size_t header_size, std::span<std::uint8_t> out) {
  CopyHeader(packet.first(header_size), out);
  if (!ApplyKeyStream(id, packet.subspan(header_size), out.subspan(header_size))) {
    return FailOpenssl("srtp: seal");
  }
  std::array<std::uint8_t, 4> roc{};  // authenticated, but not sent (RFC 3711 §4.2)
  StoreBigEndian32(roc, static_cast<std::uint32_t>(id.index >> 16));
  const HmacSha1::Digest code = hmac_.Sign({out.first(packet.size()), roc});
  std::ranges::copy(std::span(code).first(kTagSize), out.subspan(packet.size()).begin());
  return packet.size() + kTagSize;
}

Result<std::size_t> SrtpAesCm::SealRtcp(const SrtpPacketId& id, ByteView packet,
                                        std::span<std::uint8_t> out) {
  CopyHeader(packet.first(kSrtcpHeaderSize), out);
  if (!ApplyKeyStream(id, packet.subspan(kSrtcpHeaderSize), out.subspan(kSrtcpHeaderSize))) {
    return FailOpenssl("srtp: seal RTCP");
  }
  StoreBigEndian32(out.subspan(packet.size()),
                   static_cast<std::uint32_t>(id.index) | kSrtcpEncrypted);
  const std::size_t tag_at = packet.size() + kSrtcpIndexSize;
  const HmacSha1::Digest code = hmac_.Sign({out.first(tag_at)});
  std::ranges::copy(std::span(code).first(kTagSize), out.subspan(tag_at).begin());
  return tag_at + kTagSize;
}

Result<std::size_t> SrtpAesCm::OpenRtcp(const SrtpPacketId& id, std::span<std::uint8_t> packet) {
  const HmacSha1::Digest code = hmac_.Sign({packet.first(packet.size() - kTagSize)});
  if (CRYPTO_memcmp(code.data(), packet.last(kTagSize).data(), kTagSize) != 0) {
    return Fail(ErrorCode::kUnauthorized, "srtp: wrong RTCP tag");
  }
  const std::size_t size = packet.size() - srtcp_overhead();
  const std::span<std::uint8_t> payload = packet.first(size).subspan(kSrtcpHeaderSize);
  if (!ApplyKeyStream(id, payload, payload)) return FailOpenssl("srtp: open RTCP");
  return size;
}

bool SrtpAesCm::ApplyKeyStream(const SrtpPacketId& id, ByteView in, std::span<std::uint8_t> out) {
  std::array<std::uint8_t, 16> counter{};
  std::ranges::copy(salt_, counter.begin());
  MixIn(std::span(counter).subspan<4, 10>(), id.ssrc, id.index);
  int written = 0;
  return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, counter.data()) == 1 &&
         EVP_EncryptUpdate(context_.get(), out.data(), &written, in.data(),
                           static_cast<int>(in.size())) == 1;
}

}  // namespace ingress::rtc
