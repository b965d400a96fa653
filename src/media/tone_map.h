#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/plane_view.h"

namespace ingress::media {

/// What the source's sample values mean.
enum class WideTransfer {
  kPq,   // SMPTE ST 2084: absolute light
  kHlg,  // ARIB STD-B67: relative to the display
  kSdr,  // BT.2020 colours at standard dynamic range
};

/// Red, green and blue, 0 to 1, gamma-encoded for a BT.709 display.
struct DisplayRgb {
  double r = 0;
  double g = 0;
  double b = 0;
};

/// What a BT.709 display should show for R'G'B' of a BT.2020 source, 0 to 1 each.
///
/// Light up to 70 % of the reference white (203 cd/m², BT.2408) keeps its value; above, it is
/// compressed so that 1000 cd/m² reaches the display's peak. The reference white itself ends at
/// about 93 % of the signal. The largest of the three components is what is compressed, with the
/// others in proportion, so that hues stay and greys stay grey.
DisplayRgb ToneMapped(DisplayRgb source, WideTransfer transfer);

/// Turns BT.2020 pictures, 10 bit 4:2:0 limited range, into BT.709, 8 bit 4:2:0 limited range.
///
/// All of the above is computed once into a table of 65³ entries (Y' × Cb × Cr); pictures
/// are interpolated from it.
class ToneMapper {
 public:
  explicit ToneMapper(WideTransfer transfer);

  struct Source {
    PlaneView<const std::uint16_t> y, cb, cr;
  };
  struct Target {
    PlaneView<std::uint8_t> y, cb, cr;
  };
  /// Both of the same even size.
  void Map(const Source& source, const Target& target) const;

 private:
  struct Entry {
    std::int16_t y;  // 8 bit values times kUnit
    std::int16_t cb;
    std::int16_t cr;
  };

  void MapRows(const Source& source, const Target& target, int chroma_row) const;

  std::vector<Entry> table_;  // Y' is the fastest index
};

}  // namespace ingress::media
