#include "rtc/certificate.h"

#include <openssl/ec.h>

#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/ids.h"

namespace ingress::rtc {
namespace {

constexpr long kBackdatedSeconds = -24L * 60 * 60;
constexpr long kValidSeconds = 30L * 24 * 60 * 60;

const EVP_MD* DigestFor(std::string_view hash) {
  const std::string name = ToLower(hash);
  if (name == "sha-256") return EVP_sha256();
  if (name == "sha-384") return EVP_sha384();
  if (name == "sha-512") return EVP_sha512();
  return nullptr;
}

std::string ToColonHex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (!out.empty()) out.push_back(':');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

bool FillIn(X509* x509, EVP_PKEY* key) {
  // Browsers refuse two certificates with one serial number, so it is random.
  const auto serial = static_cast<long>(RandomU32() | 1U);
  X509_NAME* name = X509_get_subject_name(x509);  // owned by x509
  static constexpr std::array<unsigned char, 7> kName = {'i', 'n', 'g', 'r', 'e', 's', 's'};
  return X509_set_version(x509, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(x509), serial) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x509), kBackdatedSeconds) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(x509), kValidSeconds) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName.data(), kName.size(), -1, 0) ==
             1 &&
         X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
         X509_sign(x509, key, EVP_sha256()) != 0;
}

}  // namespace

Certificate::Certificate(crypto::KeyHandle key, crypto::X509Handle x509, std::string fingerprint)
    : key_(std::move(key)), x509_(std::move(x509)), fingerprint_(std::move(fingerprint)) {}

Result<Certificate> Certificate::Make() {
  crypto::KeyHandle key(EVP_EC_gen("P-256"));
  if (!key) return crypto::FailOpenssl("certificate: generate key");
  crypto::X509Handle x509(X509_new());
  if (!x509 || !FillIn(x509.get(), key.get())) return crypto::FailOpenssl("certificate: sign");
  const auto digest = CertificateDigest(*x509, "sha-256");
  if (!digest) return std::unexpected(digest.error());
  return Certificate(std::move(key), std::move(x509), ToColonHex(*digest));
}

Result<Bytes> CertificateDigest(const X509& certificate, std::string_view hash) {
  const EVP_MD* digest = DigestFor(hash);
  if (digest == nullptr) {
    return Fail(ErrorCode::kUnsupported, "fingerprint: hash \"" + std::string(hash) + "\"");
  }
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  if (X509_digest(&certificate, digest, out.data(), &size) != 1)
    return crypto::FailOpenssl("fingerprint");
  out.resize(size);
  return out;
}

}  // namespace ingress::rtc
