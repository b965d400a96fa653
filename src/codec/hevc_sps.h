#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/aspect_ratio.h"

namespace ingress::codec {

/// What a sequence parameter set says (ITU-T H.265 §7.3.2.2.1, annex E). Sizes are in pixels.
struct HevcSpsInfo {
  std::uint32_t vps_id = 0;
  std::uint32_t sps_id = 0;
  int coded_width = 0;
  int coded_height = 0;
  int width = 0;  // after the conformance window
  int height = 0;
  int chroma_format_idc = 1;
  int bit_depth = 8;
  // With all temporal layers. Empty when the set breaks off before, or makes no sense there.
  std::optional<int> max_num_reorder_pics = {};
  std::optional<int> max_kept_pics = {};  // sps_max_dec_pic_buffering_minus1
  SampleAspectRatio sar = {};             // square also when the set breaks off before it says
};

/// `nal`: a whole SPS NAL unit. Errors: kMalformed, kLimitExceeded above 16384 pixels a side.
Result<HevcSpsInfo> ParseHevcSps(ByteView nal);

/// What a picture parameter set says of where it belongs (ITU-T H.265 §7.3.2.3.1).
struct HevcPpsInfo {
  std::uint32_t pps_id = 0;
  std::uint32_t sps_id = 0;
};

/// Errors: kMalformed.
Result<HevcPpsInfo> ParseHevcPps(ByteView nal);

}  // namespace ingress::codec
