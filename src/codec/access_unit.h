#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"

namespace ingress::codec {

/// What the NAL units of an access unit, or of a part of one, contain: H.264 or HEVC.
struct AccessUnitInfo {
  int slices = 0;
  bool begins_picture = false;  // one of the slices is the first of its picture
  bool idr = false;
  bool random_access = false;  // decoding may begin here: an IDR picture; of HEVC any IRAP picture
  bool b_slices = false;       // of H.264; not looked for in HEVC
  bool parameter_sets = false;
  std::optional<std::uint32_t> pps_id;  // that the first slice names; empty: it does not parse
  std::size_t useful_bytes = 0;  // of the units that a decoder has a use for, see IsForDecoders()
  bool damaged = false;          // a length ran past the end
};

/// `length_size`: bytes in front of each unit, 1 to 4.
AccessUnitInfo InspectLengthPrefixed(VideoCodec codec, ByteView body, int length_size);

/// Whether a viewer's decoder has a use for the unit beside parameter sets, which it is given
/// apart: slices and captions, but no delimiters, filler or notes of the encoder.
bool IsForDecoders(VideoCodec codec, ByteView nal);

}  // namespace ingress::codec
