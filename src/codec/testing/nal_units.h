#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"
#include "codec/bit_writer.h"
#include "codec/h264.h"

namespace ingress::codec {

/// NAL units for tests, by what they say.

inline Bytes WithHeader(std::initializer_list<std::uint8_t> header, BitWriter& writer) {
  writer.WriteTrailingBits();
  Bytes nal(header);
  nal.insert(nal.end(), writer.bytes().begin(), writer.bytes().end());
  return AddEmulationPrevention(nal);
}

/// Baseline, of whole macroblocks (16 pixels). `crop`: pixels to take away, right and at the
/// bottom.
inline Bytes MakeSps(std::uint32_t id, std::uint32_t width, std::uint32_t height,
                     std::uint32_t crop = 0) {
  BitWriter writer;
  writer.WriteUe(id);
  writer.WriteUe(0);  // log2_max_frame_num_minus4
  writer.WriteUe(2);  // pic_order_cnt_type
  writer.WriteUe(1);  // max_num_ref_frames
  writer.WriteBits(0, 1);
  writer.WriteUe(width / 16 - 1);
  writer.WriteUe(height / 16 - 1);
  writer.WriteBits(3, 2);  // frame_mbs_only_flag, direct_8x8_inference_flag
  writer.WriteFlag(crop > 0);
  if (crop > 0) {
    for (const std::uint32_t side : {0U, crop / 2, 0U, crop / 2}) writer.WriteUe(side);
  }
  writer.WriteFlag(false);  // vui_parameters_present_flag
  return WithHeader({0x67, 66, 0xc0, 31}, writer);
}

/// `cabac`: so that two of one id differ.
inline Bytes MakePps(std::uint32_t id, std::uint32_t sps_id, bool cabac = false) {
  BitWriter writer;
  writer.WriteUe(id);
  writer.WriteUe(sps_id);
  writer.WriteFlag(cabac);
  writer.WriteFlag(false);
  writer.WriteUe(0);  // num_slice_groups_minus1
  return WithHeader({0x68}, writer);
}

inline Bytes MakeSlice(bool idr, std::uint32_t first_macroblock, std::uint32_t pps_id = 0) {
  BitWriter writer;
  writer.WriteUe(first_macroblock);
  writer.WriteUe(idr ? 7 : 5);  // slice_type: all I, all P
  writer.WriteUe(pps_id);
  writer.WriteBits(0xabcd, 16);
  return WithHeader({static_cast<std::uint8_t>(idr ? 0x65 : 0x41)}, writer);
}

inline Bytes MakeHevcSlice(bool idr, bool first, std::uint32_t pps_id = 0) {
  BitWriter writer;
  writer.WriteFlag(first);
  if (idr) writer.WriteFlag(false);  // no_output_of_prior_pics_flag
  writer.WriteUe(pps_id);
  writer.WriteBits(0xabcd, 16);
  return WithHeader({static_cast<std::uint8_t>(idr ? 0x26 : 0x02), 0x01}, writer);
}

inline Bytes Prefixed(std::initializer_list<Bytes> units) {
  Bytes out;
  for (const Bytes& unit : units) AppendLengthPrefixed(unit, out);
  return out;
}

}  // namespace ingress::codec
