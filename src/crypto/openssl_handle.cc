#include "crypto/openssl_handle.h"

#include <openssl/err.h>

#include <array>

namespace ingress::crypto {

std::unexpected<Error> FailOpenssl(std::string_view step) {
  std::string context(step);
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    context += ": ";
    context += text.data();
  }
  return Fail(ErrorCode::kInternal, std::move(context));
}

}  // namespace ingress::crypto
