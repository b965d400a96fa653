#include "base/bytes.h"
#include "sdp/ice_fragment.h"

// What parses keeps its limits, and has whole credentials or none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const auto fragment = sdp::ParseIceFragment(AsText({data, size}));
  if (!fragment) {
    if (fragment.error().context.empty()) __builtin_trap();
    return 0;
  }
  if (fragment->candidates.size() > sdp::kMaxFragmentCandidates) __builtin_trap();
  if (fragment->ice && (fragment->ice->ufrag.empty() || fragment->ice->password.empty())) {
    __builtin_trap();
  }
  return 0;
}
