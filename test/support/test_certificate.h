#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace ingress {

/// A key and a certificate that it has signed itself, both PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;

  /// `passphrase`: of the key; none when empty. `seconds`: until it is over.
  static TestCertificate Make(const std::string& passphrase = "", long seconds = 3600) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* host = reinterpret_cast<const unsigned char*>("ingress.test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());

    TestCertificate made;
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate.get());
    made.certificate = Take(out.get());
    const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_128_cbc();
    PEM_write_bio_PrivateKey(out.get(), key.get(), cipher,
                             reinterpret_cast<const unsigned char*>(passphrase.data()),
                             static_cast<int>(passphrase.size()), nullptr, nullptr);
    made.key = Take(out.get());
    return made;
  }

 private:
  static std::string Take(BIO* out) {
    std::string text(static_cast<std::size_t>(BIO_ctrl_pending(out)), '\0');
    BIO_read(out, text.data(), static_cast<int>(text.size()));
    return text;
  }
};

}  // namespace ingress
