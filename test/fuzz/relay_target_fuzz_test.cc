#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "relay/request.h"

// The target of a request to the relay. Its token is a secret, which no error may show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress::relay;
  constexpr std::string_view kSecret = "s3cr3t-0f-4-s3ss10n";  // in no error of ours by itself
  const std::string_view target = ingress::AsText({data, size});
  const auto with_secret = ParseTarget(std::string(target).append(kSecret));
  if (!with_secret && with_secret.error().context.contains(kSecret)) __builtin_trap();
  const auto request = ParseTarget(target);
  if (!request) return 0;
  if (!target.starts_with("/rtmp/")) __builtin_trap();
  if (request->resource_id.size() > size || request->token.size() > size) __builtin_trap();
  if (TokenMatches(request->token, request->token) == request->token.empty()) __builtin_trap();
  return 0;
}
