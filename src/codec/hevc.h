#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1), as far as decoding needs it.
struct HevcConfig {
  int nal_length_size = 4;            // bytes: 1, 2 or 4
  std::vector<Bytes> parameter_sets;  // VPS, SPS and PPS NAL units in the record's order

  static constexpr std::size_t kMaxRecordSize = 64 * 1024;
};

/// Errors: kMalformed, kLimitExceeded above kMaxRecordSize.
Result<HevcConfig> ParseHevcConfig(ByteView record);

inline constexpr std::uint8_t kHevcSps = 33;  // nal_unit_type, ITU-T H.265 table 7-1

inline std::uint8_t HevcTypeOf(ByteView nal) {
  return nal.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(nal[0] >> 1 & 0x3f);
}

}  // namespace ingress::codec
