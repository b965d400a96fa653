#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// One message of a supplemental enhancement information unit.
struct SeiMessage {
  std::uint32_t type = 0;  // payloadType, ITU-T H.264 §D.1, H.265 §D.2
  ByteView payload;
};

/// Walks the messages of an SEI NAL unit without its header and emulation prevention bytes.
class SeiReader {
 public:
  explicit SeiReader(ByteView rbsp) : rest_(rbsp) {}

  /// Empty at the end, and for a message that is cut off.
  std::optional<SeiMessage> Next();

 private:
  ByteView rest_;
};

/// How a decoded picture is turned to stand upright: clockwise quarter turns, 0 to 3. Mirroring is
/// not looked at, but for both ways at once, which is half a turn.
/// `payload`: of a display_orientation message (type 47). Empty when it is cut off.
std::optional<int> ParseDisplayOrientation(ByteView payload);

/// The same, of the first such message in a picture's units before its slices: H.264 or HEVC, with
/// start codes. Empty when none says anything.
std::optional<int> FindDisplayOrientation(ByteView annex_b, bool hevc);

/// The same with lengths of `length_size` bytes, 1 to 4, before the units.
std::optional<int> FindOrientationLengthPrefixed(ByteView body, int length_size, bool hevc);

/// An H.264 SEI NAL unit with closed captions (ATSC A/53 part 4 §6.2.3, ITU-T T.35).
/// `cc_data`: whole entries of three bytes (marker, cc_valid and cc_type; two of data), at most 31.
Bytes MakeCaptionSei(ByteView cc_data);

/// Puts a NAL unit in front of the first slice of an H.264 picture, behind its parameter sets.
Bytes InsertBeforeSlices(ByteView annex_b, ByteView nal);

}  // namespace ingress::codec
