#include "base/bytes.h"
#include "sdp/answer.h"

// What parses keeps its limits, and each candidate survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const auto answer = sdp::ParseAnswer(AsText({data, size}));
  if (!answer) {
    if (answer.error().context.empty()) __builtin_trap();
    return 0;
  }
  if (answer->sections.size() > sdp::kMaxAnswerSections) __builtin_trap();
  for (const sdp::AnswerSection& section : answer->sections) {
    if (section.candidates.size() > sdp::kMaxCandidatesPerSection) __builtin_trap();
    for (const sdp::Candidate& candidate : section.candidates) {
      const auto again = sdp::ParseCandidate(sdp::FormatCandidate(candidate));
      // Written in full a candidate may come out longer than the limit.
      if (!again && again.error().code == ErrorCode::kLimitExceeded) continue;
      if (!again || again->address != candidate.address || again->port != candidate.port ||
          again->type != candidate.type || again->ufrag != candidate.ufrag) {
        __builtin_trap();
      }
    }
  }
  return 0;
}
