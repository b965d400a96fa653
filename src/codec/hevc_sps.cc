#include "codec/hevc_sps.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/hevc.h"

namespace ingress::codec {
namespace {

constexpr std::uint32_t kMaxSpsId = 15;             // §7.4.3.2.1
constexpr std::uint32_t kMaxPpsId = 63;             // §7.4.3.3.1
constexpr std::uint32_t kMaxPocBits = 16;           // §7.4.3.2.1: log2_max_pic_order_cnt_lsb
constexpr std::uint32_t kMaxShortTermSets = 64;     // num_short_term_ref_pic_sets
constexpr std::uint32_t kMaxLongTermPictures = 32;  // num_long_term_ref_pics_sps
constexpr std::uint32_t kMaxPictures = 16;          // of a set: §A.4.2, MaxDpbSize

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

/// scaling_list_data(), §7.3.4.
void SkipScalingLists(BitReader& reader) {
  for (int size = 0; size < 4; ++size) {
    for (int matrix = 0; matrix < 6 && reader.ok(); matrix += size == 3 ? 3 : 1) {
      if (!reader.ReadFlag()) {  // scaling_list_pred_mode_flag
        reader.ReadUe();         // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (size > 1) reader.ReadSe();  // scaling_list_dc_coef_minus8
      const int coefficients = std::min(64, 1 << (4 + 2 * size));
      for (int i = 0; i < coefficients; ++i) reader.ReadSe();
    }
  }
}

/// st_ref_pic_set(), §7.3.7. `pictures`: how many the set before it has, and then this one.
/// False when that is out of range.
bool SkipShortTermSet(BitReader& reader, bool first, std::uint32_t& pictures) {
  if (!first && reader.ReadFlag()) {  // inter_ref_pic_set_prediction_flag
    reader.Skip(1);                   // delta_rps_sign
    reader.ReadUe();                  // abs_delta_rps_minus1
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i <= pictures; ++i) {
      const bool used = reader.ReadFlag();
      if (used || reader.ReadFlag()) ++kept;  // use_delta_flag
    }
    pictures = kept;
    return reader.ok() && kept <= kMaxPictures;
  }
  const std::uint32_t negative = reader.ReadUe();
  const std::uint32_t positive = reader.ReadUe();
  if (negative > kMaxPictures || positive > kMaxPictures - negative) return false;
  pictures = negative + positive;
  for (std::uint32_t i = 0; i < pictures; ++i) {
    reader.ReadUe();  // delta_poc_minus1
    reader.Skip(1);   // used_by_curr_pic_flag
  }
  return reader.ok();
}

/// num_short_term_ref_pic_sets to lt_idx_sps. False when a count is out of range.
bool SkipReferenceSets(BitReader& reader, std::uint32_t poc_bits) {
  const std::uint32_t sets = reader.ReadUe();
  if (sets > kMaxShortTermSets) return false;
  std::uint32_t pictures = 0;
  for (std::uint32_t i = 0; i < sets; ++i) {
    if (!SkipShortTermSet(reader, i == 0, pictures)) return false;
  }
  if (!reader.ReadFlag()) return reader.ok();  // long_term_ref_pics_present_flag
  const std::uint32_t long_term = reader.ReadUe();
  if (long_term > kMaxLongTermPictures) return false;
  reader.Skip(std::size_t{long_term} * (poc_bits + 1));
  return reader.ok();
}

/// From the bit depths to vui_parameters(), §7.3.2.2.1. False when there is none to be read.
bool ReadToVui(BitReader& reader, std::uint32_t sub_layers_minus1, HevcSpsInfo& info) {
  const std::uint32_t poc_bits = reader.ReadUe() + 4;
  if (poc_bits > kMaxPocBits) return false;
  const bool each_sub_layer = reader.ReadFlag();  // sps_sub_layer_ordering_info_present_flag
  for (std::uint32_t i = each_sub_layer ? 0 : sub_layers_minus1; i <= sub_layers_minus1; ++i) {
    const std::uint32_t kept = reader.ReadUe();  // sps_max_dec_pic_buffering_minus1
    const std::uint32_t reorder = reader.ReadUe();
    reader.ReadUe();  // sps_max_latency_increase_plus1
    // The last one counts all temporal layers.
    if (!reader.ok()) break;
    if (reorder <= kMaxPictures) info.max_num_reorder_pics = static_cast<int>(reorder);
    if (kept <= kMaxPictures) info.max_kept_pics = static_cast<int>(kept);
  }
  for (int field = 0; field < 6; ++field) reader.ReadUe();  // block sizes and hierarchy depths
  if (reader.ReadFlag() && reader.ReadFlag()) SkipScalingLists(reader);
  reader.Skip(2);           // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (reader.ReadFlag()) {  // pcm_enabled_flag
    reader.Skip(8);
    reader.ReadUe();
    reader.ReadUe();
    reader.Skip(1);
  }
  if (!SkipReferenceSets(reader, poc_bits)) return false;
  reader.Skip(2);  // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  return reader.ReadFlag();
}

}  // namespace

Result<HevcSpsInfo> ParseHevcSps(ByteView nal) {
  const auto malformed = [&] {
    return Fail(ErrorCode::kMalformed, "HEVC SPS of " + std::to_string(nal.size()) + " bytes");
  };
  if (HevcTypeOf(nal) != kHevcSps || nal.size() < 4) return malformed();
  const Bytes rbsp = RemoveEmulationPrevention(nal.subspan(2));
  BitReader reader(rbsp);
  HevcSpsInfo info;
  info.vps_id = reader.ReadBits(4);
  const std::uint32_t sub_layers_minus1 = reader.ReadBits(3);
  reader.Skip(1);  // sps_temporal_id_nesting_flag
  if (sub_layers_minus1 > 6) return malformed();
  SkipProfileTierLevel(reader, sub_layers_minus1);
  info.sps_id = reader.ReadUe();
  if (info.sps_id > kMaxSpsId) return malformed();
  const std::uint32_t chroma = reader.ReadUe();
  if (chroma > 3) return malformed();
  info.chroma_format_idc = static_cast<int>(chroma);
  if (chroma == 3) reader.Skip(1);  // separate_colour_plane_flag
  std::uint64_t width = reader.ReadUe();
  std::uint64_t height = reader.ReadUe();
  const std::uint64_t coded_width = width;
  const std::uint64_t coded_height = height;
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
  if (coded_width > kMaxPictureSide || coded_height > kMaxPictureSide) {
    return Fail(ErrorCode::kLimitExceeded,
                "HEVC SPS: " + std::to_string(coded_width) + " by " + std::to_string(coded_height));
  }
  info.coded_width = static_cast<int>(coded_width);
  info.coded_height = static_cast<int>(coded_height);
  info.width = static_cast<int>(width);
  info.height = static_cast<int>(height);
  info.bit_depth = 8 + static_cast<int>(depth);
  if (ReadToVui(reader, sub_layers_minus1, info)) info.sar = ReadSampleAspectRatio(reader);
  return info;
}

Result<HevcPpsInfo> ParseHevcPps(ByteView nal) {
  const auto malformed = [&] {
    return Fail(ErrorCode::kMalformed, "HEVC PPS of " + std::to_string(nal.size()) + " bytes");
  };
  if (HevcTypeOf(nal) != kHevcPps || nal.size() < 3) return malformed();
  const Bytes rbsp = RemoveEmulationPrevention(nal.subspan(2));
  BitReader reader(rbsp);
  HevcPpsInfo info{.pps_id = reader.ReadUe(), .sps_id = reader.ReadUe()};
  if (!reader.ok() || info.pps_id > kMaxPpsId || info.sps_id > kMaxSpsId) return malformed();
  return info;
}

}  // namespace ingress::codec
