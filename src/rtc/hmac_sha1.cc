#include "rtc/hmac_sha1.h"

#include <string>
#include <utility>

namespace ingress::rtc {
namespace {

constexpr std::size_t kBlockSize = 64;
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

SecretBytes Padded(ByteView key, std::uint8_t pad) {
  SecretBytes out(kBlockSize, pad);
  for (std::size_t i = 0; i < key.size(); ++i) out[i] ^= key[i];
  return out;
}

}  // namespace

HmacSha1::HmacSha1(DigestHandle context, SecretBytes inner, SecretBytes outer)
    : context_(std::move(context)), inner_(std::move(inner)), outer_(std::move(outer)) {}

Result<HmacSha1> HmacSha1::Make(ByteView key) {
  if (key.size() > kBlockSize) {
    return Fail(ErrorCode::kLimitExceeded, "hmac: key of " + std::to_string(key.size()) + " bytes");
  }
  DigestHandle context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) != 1) {
    return FailOpenssl("hmac: context");
  }
  return HmacSha1(std::move(context), Padded(key, kInnerPad), Padded(key, kOuterPad));
}

Result<HmacSha1::Digest> HmacSha1::Sign(std::initializer_list<ByteView> parts) {
  Digest inner{};
  Digest out{};
  if (!Hash(inner_, parts, inner) || !Hash(outer_, {inner}, out)) return FailOpenssl("hmac: sign");
  return out;
}

bool HmacSha1::Hash(ByteView pad, std::initializer_list<ByteView> parts, Digest& out) {
  // Without a type the context starts over with the one it has.
  bool ok = EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1 &&
            EVP_DigestUpdate(context_.get(), pad.data(), pad.size()) == 1;
  for (const ByteView part : parts) {
    ok = ok && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
  }
  return ok && EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
}

}  // namespace ingress::rtc
