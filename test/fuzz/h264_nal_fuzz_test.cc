#include <algorithm>

#include "codec/h264.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  if (size == 0) return 0;
  const int length_size = (data[0] & 3) + 1;
  const ByteView body(data + 1, size - 1);
  codec::InspectLengthPrefixed(body, length_size);
  codec::InspectAnnexB(body);

  // What came out of a conversion survives the way there and back.
  const Bytes prefixed = codec::ToLengthPrefixed(body);
  const auto annex_b = codec::ToAnnexB(prefixed, 4);
  if (!annex_b || codec::ToLengthPrefixed(*annex_b) != prefixed) __builtin_trap();

  const auto converted = codec::ToAnnexB({body.begin(), body.end()}, length_size);
  if (converted) codec::InspectAnnexB(*converted);

  const Bytes escaped = codec::AddEmulationPrevention(body);
  const Bytes plain = codec::RemoveEmulationPrevention(escaped);
  if (!std::ranges::equal(plain, body)) __builtin_trap();
  return 0;
}
