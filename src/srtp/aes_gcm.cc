#include "srtp/aes_gcm.h"

#include <algorithm>
#include <utility>

#include "base/big_endian.h"
#include "srtp/wire.h"

namespace ingress::srtp {

Result<std::unique_ptr<Cipher>> AesGcm::Make(const SessionKeys& keys) {
  crypto::CipherHandle context(EVP_CIPHER_CTX_new());
  if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, keys.cipher.data(),
                                     nullptr) != 1) {
    return crypto::FailOpenssl("srtp: AES-GCM");
  }
  Salt salt;
  std::ranges::copy(ByteView(keys.salt).first(salt.bytes().size()), salt.bytes().begin());
  return std::unique_ptr<Cipher>(new AesGcm(std::move(context), salt));
}

Result<std::size_t> AesGcm::SealRtp(const PacketId& id, ByteView packet, std::size_t header_size,
                                    std::span<std::uint8_t> out) {
  const ByteView header = packet.first(header_size);
  CopyHeader(header, out);
  if (!Encrypt(id, {header}, packet.subspan(header_size), out.subspan(header_size))) {
    return crypto::FailOpenssl("srtp: seal");
  }
  return packet.size() + kTagSize;
}

Result<std::size_t> AesGcm::SealRtcp(const PacketId& id, ByteView packet,
                                     std::span<std::uint8_t> out) {
  const ByteView header = packet.first(kRtcpHeaderSize);
  CopyHeader(header, out);
  std::array<std::uint8_t, kRtcpIndexSize> index{};
  StoreBigEndian<std::uint32_t>(index, static_cast<std::uint32_t>(id.index) | kRtcpEncrypted);
  if (!Encrypt(id, {header, index}, packet.subspan(kRtcpHeaderSize),
               out.subspan(kRtcpHeaderSize))) {
    return crypto::FailOpenssl("srtp: seal RTCP");
  }
  const std::size_t index_at = packet.size() + kTagSize;
  std::ranges::copy(index, out.subspan(index_at).begin());
  return index_at + kRtcpIndexSize;
}

Result<std::size_t> AesGcm::OpenRtcp(const PacketId& id, std::span<std::uint8_t> packet) {
  const std::size_t size = packet.size() - rtcp_overhead();
  const std::span<std::uint8_t> payload = packet.first(size).subspan(kRtcpHeaderSize);
  const std::span<std::uint8_t> tag = packet.subspan(size, kTagSize);
  const Vector vector = VectorOf(id);
  int written = 0;
  // OpenSSL compares the tag in constant time, at the end.
  const bool opened =
      EVP_DecryptInit_ex(context_.get(), nullptr, nullptr, nullptr, vector.data()) == 1 &&
      Authenticate({packet.first(kRtcpHeaderSize), packet.last(kRtcpIndexSize)}) &&
      EVP_CipherUpdate(context_.get(), payload.data(), &written, payload.data(),
                       static_cast<int>(payload.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context_.get(), tag.data(), &written) == 1;
  if (!opened) return Fail(ErrorCode::kUnauthorized, "srtp: wrong RTCP tag");
  return size;
}

/// RFC 7714 §8.1 and §9.1.
AesGcm::Vector AesGcm::VectorOf(const PacketId& id) const {
  Vector vector = salt_.bytes();
  MixIn(std::span(vector).subspan<2, 10>(), id.ssrc, id.index);
  return vector;
}

bool AesGcm::Authenticate(std::initializer_list<ByteView> clear) {
  return std::ranges::all_of(clear, [this](ByteView part) {
    int written = 0;
    return EVP_CipherUpdate(context_.get(), nullptr, &written, part.data(),
                            static_cast<int>(part.size())) == 1;
  });
}

bool AesGcm::Encrypt(const PacketId& id, std::initializer_list<ByteView> clear, ByteView plain,
                     std::span<std::uint8_t> out) {
  const Vector vector = VectorOf(id);
  std::uint8_t* const tag = out.subspan(plain.size(), kTagSize).data();
  int written = 0;
  return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, vector.data()) == 1 &&
         Authenticate(clear) &&
         EVP_CipherUpdate(context_.get(), out.data(), &written, plain.data(),
                          static_cast<int>(plain.size())) == 1 &&
         EVP_EncryptFinal_ex(context_.get(), tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1;
}

}  // namespace ingress::srtp
