#include "dial/trust.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "base/text.h"

namespace ingress::dial {
namespace {

constexpr std::size_t kMaxNameBytes = 60;
constexpr int kMaxNames = 3;

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, FreeNames>;

std::string TextOf(const ASN1_STRING& text) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text));
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(&text));
  return PrintableUtf8({bytes, size}, kMaxNameBytes);
}

std::string AddressOf(const ASN1_OCTET_STRING& address) {
  const unsigned char* bytes = ASN1_STRING_get0_data(&address);
  const int size = ASN1_STRING_length(&address);
  if (size == 4) {
    boost::asio::ip::address_v4::bytes_type v4;
    std::copy_n(bytes, v4.size(), v4.begin());
    return boost::asio::ip::address_v4(v4).to_string();
  }
  if (size == 16) {
    boost::asio::ip::address_v6::bytes_type v6;
    std::copy_n(bytes, v6.size(), v6.begin());
    return boost::asio::ip::address_v6(v6).to_string();
  }
  return "an odd address";
}

std::string CommonName(const X509_NAME& name) {
  const int at = X509_NAME_get_index_by_NID(&name, NID_commonName, -1);
  if (at < 0) return {};
  return TextOf(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(&name, at)));
}

std::string NamesOf(const X509& certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  int shown = 0;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    if (++shown > kMaxNames) return out + " and more";
    out += out.empty() ? "" : ", ";
    out += name->type == GEN_DNS ? TextOf(*name->d.dNSName) : AddressOf(*name->d.iPAddress);
  }
  return out.empty() ? "no name" : out;
}

std::string DateOf(const ASN1_TIME& time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return "an unreadable date";
  std::array<char, 16> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return {text.data(), size};
}

std::string FromEnvironment(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : fallback;
}

}  // namespace

Result<Trust> LoadTrust(const std::string& ca_cert_file) {
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  const std::string prefix = "tls: unusable certificates: ";
  boost::system::error_code error;
  context->set_default_verify_paths(error);
  if (error) return Fail(ErrorCode::kCertificate, prefix + "the system's: " + error.message());
  if (ca_cert_file.empty()) return context;
  context->load_verify_file(ca_cert_file, error);
  if (!error) return context;
  return Fail(ErrorCode::kCertificate,
              prefix + "tls.ca_cert_file " + ca_cert_file + ": " + error.message());
}

std::string TrustedFiles(const std::string& ca_cert_file) {
  std::string files =
      FromEnvironment(X509_get_default_cert_file_env(), X509_get_default_cert_file());
  files += ", " + FromEnvironment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  return ca_cert_file.empty() ? files : files + " and " + ca_cert_file;
}

std::string DescribeCertificate(const X509& certificate) {
  const std::string issuer = CommonName(*X509_get_issuer_name(&certificate));
  return "for " + NamesOf(certificate) + (issuer.empty() ? "" : ", by " + issuer) +
         ", valid from " + DateOf(*X509_get0_notBefore(&certificate)) + " until " +
         DateOf(*X509_get0_notAfter(&certificate));
}

}  // namespace ingress::dial
