#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/aspect_ratio.h"

namespace ingress::codec {

/// colour_primaries, transfer_characteristics and matrix_coefficients of ITU-T H.264 table E-3 ff.
struct ColourInfo {
  bool full_range = false;
  std::uint8_t primaries = 2;  // 2: unspecified
  std::uint8_t transfer = 2;
  std::uint8_t matrix = 2;

  bool operator==(const ColourInfo&) const = default;
};

/// What a sequence parameter set says (ITU-T H.264 §7.3.2.1, annex E). Sizes are in pixels.
struct SpsInfo {
  std::uint8_t profile_idc = 0;       // 66 Baseline, 77 Main, 100 High, …
  std::uint8_t constraint_flags = 0;  // the byte behind profile_idc: set0 is bit 7
  std::uint8_t level_idc = 0;         // ten times the level
  std::uint32_t sps_id = 0;
  int chroma_format_idc = 1;  // 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
  int bit_depth = 8;          // the larger of luma and chroma
  int poc_type = 0;           // pic_order_cnt_type; 2: output order is decoding order
  int num_ref_frames = 0;
  bool frame_mbs_only = true;  // false: fields or MBAFF may occur

  int coded_width = 0;
  int coded_height = 0;
  int width = 0;  // after cropping
  int height = 0;
  SampleAspectRatio sar = {};

  std::optional<double> frame_rate;            // frames per second, from the VUI timing
  std::optional<int> max_num_reorder_frames;   // present with bitstream_restriction
  std::optional<int> max_dec_frame_buffering;  // present with bitstream_restriction
  ColourInfo colour;

  DisplaySize display_size() const { return WithSquarePixels(width, height, sar); }

  /// True when the parameter set rules out that pictures leave in another order than they came.
  bool NeverReorders() const;
};

/// `nal`: a whole SPS NAL unit, with its header byte and emulation prevention.
/// Errors: kMalformed when it is no SPS, ends early or holds values out of range;
/// kLimitExceeded above 16384 pixels a side.
Result<SpsInfo> ParseSps(ByteView nal);

/// The same SPS with a VUI that describes the colours so.
/// Errors: as ParseSps().
Result<Bytes> WithColour(ByteView sps_nal, const ColourInfo& colour);

/// What a picture parameter set says as far as no SPS is needed (ITU-T H.264 §7.3.2.2).
struct PpsInfo {
  std::uint32_t pps_id = 0;
  std::uint32_t sps_id = 0;
  bool cabac = false;
  int slice_groups = 1;  // above 1: flexible macroblock ordering
};

/// Errors: kMalformed.
Result<PpsInfo> ParsePps(ByteView nal);

/// The same SPS with a VUI that says no picture is reordered (max_num_reorder_frames = 0), so that
/// decoders hold none back. The caller vouches that it is true.
/// Errors: as ParseSps().
Result<Bytes> WithoutReordering(ByteView sps_nal);

/// The same SPS without a word on how far pictures are reordered (no bitstream_restriction).
/// Errors: as ParseSps().
Result<Bytes> WithoutRestriction(ByteView sps_nal);

}  // namespace ingress::codec
