#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), the FLV sequence header of H.264:
/// version, profile, compatibility, level, length size − 1, SPS count, SPS…, PPS count, PPS….
struct AvcConfig {
  std::uint8_t profile_idc = 0;
  std::uint8_t constraint_flags = 0;
  std::uint8_t level_idc = 0;
  int nal_length_size = 4;  // bytes: 1, 2 or 4
  std::vector<Bytes> sps;   // NAL units; may be empty when they come in-band
  std::vector<Bytes> pps;

  /// Limits; a record beyond them is refused before anything is stored.
  static constexpr std::size_t kMaxRecordSize = 64 * 1024;

  bool operator==(const AvcConfig&) const = default;
};

/// Tolerates what encoders send: reserved bits that are not ones, empty parameter sets, a missing
/// PPS list when there is no SPS, trailing bytes, and Annex B in place of the record.
/// Errors: kMalformed when truncated, of another version, with 3-byte lengths or with units that
/// are no parameter sets; kLimitExceeded above kMaxRecordSize.
Result<AvcConfig> ParseAvcConfig(ByteView record);

/// The record's bytes, without the chroma extension of the High profiles (readers take it as
/// optional).
Bytes SerializeAvcConfig(const AvcConfig& config);

/// All parameter sets, each behind a four-byte start code: SPS first.
Bytes ParameterSetsAsAnnexB(const AvcConfig& config);

}  // namespace ingress::codec
