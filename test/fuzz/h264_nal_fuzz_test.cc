#include <algorithm>

#include "codec/access_unit.h"
#include "codec/h264.h"
#include "codec/parameter_set_tracker.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  if (size == 0) return 0;
  const int length_size = (data[0] & 3) + 1;
  const ByteView body(data + 1, size - 1);
  const VideoCodec codec = (data[0] & 4) != 0 ? VideoCodec::kHevc : VideoCodec::kH264;
  codec::InspectLengthPrefixed(codec, body, length_size);
  const codec::AccessUnitInfo info =
      codec::InspectLengthPrefixed(codec, codec::ToLengthPrefixed(body), 4);

  // Whatever sets come, what is in force has an SPS that parses.
  codec::ParameterSetTracker tracker(codec);
  codec::AnnexBReader units(body);
  while (const auto nal = units.Next()) {
    (void)tracker.Take(*nal);
    tracker.OnPicture(info.pps_id, info.random_access);
  }
  tracker.Begin();
  if (tracker.active() && tracker.active()->sps.empty()) __builtin_trap();

  // What came out of a conversion survives the way there and back.
  const Bytes prefixed = codec::ToLengthPrefixed(body);
  const auto annex_b = codec::ToAnnexB(prefixed, 4);
  if (!annex_b || codec::ToLengthPrefixed(*annex_b) != prefixed) __builtin_trap();

  (void)codec::ToAnnexB({body.begin(), body.end()}, length_size);

  const Bytes escaped = codec::AddEmulationPrevention(body);
  const Bytes plain = codec::RemoveEmulationPrevention(escaped);
  if (!std::ranges::equal(plain, body)) __builtin_trap();
  return 0;
}
