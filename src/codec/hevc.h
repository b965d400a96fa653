#pragma once

#include <cstddef>
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

/// A record with these units, which has nothing else to say. Readers that need the profile and the
/// level take them from the SPS.
Bytes SerializeHevcConfig(const HevcConfig& config);

// nal_unit_type, ITU-T H.265 table 7-1.
inline constexpr std::uint8_t kHevcIdrWRadl = 19;
inline constexpr std::uint8_t kHevcIdrNLp = 20;
inline constexpr std::uint8_t kHevcVps = 32;
inline constexpr std::uint8_t kHevcSps = 33;
inline constexpr std::uint8_t kHevcPps = 34;
inline constexpr std::uint8_t kHevcPrefixSei = 39;

inline constexpr std::size_t kHevcHeaderBytes = 2;  // of a NAL unit

inline std::uint8_t HevcTypeOf(ByteView nal) {
  return nal.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(nal[0] >> 1 & 0x3f);
}

/// nuh_layer_id. `nal`: at least kHevcHeaderBytes.
inline int HevcLayerOf(ByteView nal) { return (nal[0] & 1) << 5 | nal[1] >> 3; }

/// Slices of pictures where decoding may begin (IRAP): BLA, IDR, CRA and two reserved types.
inline bool IsHevcRandomAccess(std::uint8_t type) { return type >= 16 && type <= 23; }

inline bool IsHevcSlice(std::uint8_t type) { return type <= 9 || (type >= 16 && type <= 21); }

}  // namespace ingress::codec
