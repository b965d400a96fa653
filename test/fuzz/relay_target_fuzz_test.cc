#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "relay/request.h"

// The target of a request to the relay. Its token is a secret, which no error may show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress::relay;
  constexpr std::size_t kTelling = 12;  // characters; what is shorter is in any sentence
  const std::string_view target = ingress::AsText({data, size});
  const auto request = ParseTarget(target);
  if (!request) {
    if (size >= kTelling && request.error().context.contains(target)) __builtin_trap();
    return 0;
  }
  if (!target.starts_with("/rtmp/")) __builtin_trap();
  if (request->resource_id.size() > size || request->token.size() > size) __builtin_trap();
  if (TokenMatches(request->token, request->token) == request->token.empty()) __builtin_trap();
  return 0;
}
