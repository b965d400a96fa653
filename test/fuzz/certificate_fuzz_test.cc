#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/text.h"
#include "dial/http_get.h"
#include "dial/trust.h"

namespace {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

// What a server says of itself, in its certificate or its date, is shown to people only when it is
// text, and in few words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxWords = 600;  // bytes
  const unsigned char* at = data;
  const std::unique_ptr<X509, FreeX509> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(size)));
  if (certificate) {
    const std::string words = ingress::dial::DescribeCertificate(*certificate);
    if (!ingress::IsUtf8(words) || words.size() > kMaxWords) __builtin_trap();
    for (const char c : words) {
      if (static_cast<unsigned char>(c) < ' ') __builtin_trap();
    }
  }
  const auto date = ingress::dial::ParseHttpDate(ingress::AsText({data, size}));
  if (date && size < 29) __builtin_trap();
  return 0;
}
