#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "livekit/candidate_init.h"

// The JSON in which livekit-server trickles its candidates. What was read is written as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress::livekit;
  const auto candidate = ParseCandidateInit(ingress::AsText({data, size}));
  if (!candidate || !*candidate) return 0;
  const auto again = ParseCandidateInit(FormatCandidateInit(**candidate));
  if (!again || !*again || **again != **candidate) __builtin_trap();
  return 0;
}
