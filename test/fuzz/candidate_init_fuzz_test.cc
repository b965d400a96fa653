#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "livekit/candidate_init.h"

// The JSON in which livekit-server trickles its candidates. What was read can be written, and means
// the same then.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress::livekit;
  const auto candidate = ParseCandidateInit(ingress::AsText({data, size}));
  if (!candidate || !*candidate) return 0;
  const auto again = ParseCandidateInit(FormatCandidateInit(**candidate));
  if (!again || !*again) __builtin_trap();
  const ingress::sdp::Candidate& was = **candidate;
  const ingress::sdp::Candidate& is = **again;
  if (is.address != was.address || is.port != was.port || is.type != was.type) __builtin_trap();
  return 0;
}
