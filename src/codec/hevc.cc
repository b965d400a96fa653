#include "codec/hevc.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/byte_reader.h"
#include "codec/bit_reader.h"
#include "codec/h264.h"

namespace ingress::codec {
namespace {

constexpr std::size_t kHeaderSize = 21;  // bytes of hvcC before lengthSizeMinusOne
constexpr std::uint64_t kMaxSide = 16384;

/// profile_tier_level( 1, max_sub_layers_minus1 ), ITU-T H.265 §7.3.3.
void SkipProfileTierLevel(BitReader& reader, std::uint32_t sub_layers_minus1) {
  reader.Skip(88 + 8);
  std::array<bool, 8> profile{};
  std::array<bool, 8> level{};
  for (std::uint32_t i = 0; i < sub_layers_minus1; ++i) {
    profile[i] = reader.ReadFlag();
    level[i] = reader.ReadFlag();
  }
  if (sub_layers_minus1 > 0) reader.Skip(std::size_t{2} * (8 - sub_layers_minus1));
  for (std::uint32_t i = 0; i < sub_layers_minus1; ++i) {
    if (profile[i]) reader.Skip(88);
    if (level[i]) reader.Skip(8);
  }
}

}  // namespace

Result<HevcConfig> ParseHevcConfig(ByteView record) {
  if (record.size() > HevcConfig::kMaxRecordSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "HEVC config of " + std::to_string(record.size()) + " bytes");
  }
  ByteReader reader(record);
  // configurationVersion is 1, or 0 from encoders older than the final specification.
  const std::uint8_t version = reader.ReadU8();
  reader.Skip(kHeaderSize - 1);
  HevcConfig config{.nal_length_size = (reader.ReadU8() & 3) + 1, .parameter_sets = {}};
  const int arrays = reader.ReadU8();
  if (!reader.ok() || version > 1 || config.nal_length_size == 3) {
    return Fail(ErrorCode::kMalformed,
                "HEVC config of " + std::to_string(record.size()) + " bytes");
  }
  for (int i = 0; i < arrays; ++i) {
    reader.Skip(1);  // array_completeness, NAL_unit_type
    const int count = reader.ReadU16();
    for (int j = 0; j < count && reader.ok(); ++j) {
      const std::size_t size = reader.ReadU16();
      const ByteView nal = reader.ReadBytes(size);
      if (!nal.empty()) config.parameter_sets.emplace_back(nal.begin(), nal.end());
    }
  }
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "HEVC config: parameter set is cut off");
  return config;
}

Result<HevcSpsInfo> ParseHevcSps(ByteView nal) {
  const auto malformed = [&] {
    return Fail(ErrorCode::kMalformed, "HEVC SPS of " + std::to_string(nal.size()) + " bytes");
  };
  if (HevcTypeOf(nal) != kHevcSps || nal.size() < 4) return malformed();
  const Bytes rbsp = RemoveEmulationPrevention(nal.subspan(2));
  BitReader reader(rbsp);
  reader.Skip(4);  // sps_video_parameter_set_id
  const std::uint32_t sub_layers_minus1 = reader.ReadBits(3);
  reader.Skip(1);  // sps_temporal_id_nesting_flag
  if (sub_layers_minus1 > 6) return malformed();
  SkipProfileTierLevel(reader, sub_layers_minus1);
  reader.ReadUe();  // sps_seq_parameter_set_id
  HevcSpsInfo info;
  const std::uint32_t chroma = reader.ReadUe();
  if (chroma > 3) return malformed();
  info.chroma_format_idc = static_cast<int>(chroma);
  if (chroma == 3) reader.Skip(1);  // separate_colour_plane_flag
  std::uint64_t width = reader.ReadUe();
  std::uint64_t height = reader.ReadUe();
  if (reader.ReadFlag()) {  // conformance window, in chroma units (table 6-1)
    const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint64_t unit_y = chroma == 1 ? 2 : 1;
    std::array<std::uint64_t, 4> crop{};  // left, right, top, bottom
    for (std::uint64_t& side : crop) side = reader.ReadUe();
    const std::uint64_t crop_x = (crop[0] + crop[1]) * unit_x;
    const std::uint64_t crop_y = (crop[2] + crop[3]) * unit_y;
    if (crop_x >= width || crop_y >= height) return malformed();
    width -= crop_x;
    height -= crop_y;
  }
  const std::uint32_t depth = std::max(reader.ReadUe(), reader.ReadUe());
  if (!reader.ok() || width == 0 || height == 0 || depth > 8) return malformed();
  if (width > kMaxSide || height > kMaxSide) {
    return Fail(ErrorCode::kLimitExceeded,
                "HEVC SPS: " + std::to_string(width) + " by " + std::to_string(height));
  }
  info.width = static_cast<int>(width);
  info.height = static_cast<int>(height);
  info.bit_depth = 8 + static_cast<int>(depth);
  return info;
}

}  // namespace ingress::codec
