#pragma once

#include <algorithm>
#include <cstdlib>

#include "media/plane_view.h"

namespace ingress::media {

/// One sample of a row between those of a field, from its surroundings in the picture and the one
/// before. Where nothing changed since then it is the other field's (`own`); the more changed, the
/// further it may go to the mean of the rows above and below. Where every second row stands out
/// by the same amount, fields differ that should not.
struct FieldSurroundings {
  int own, above, below;                       // this picture
  int before_own, before_above, before_below;  // the previous one
  int two_above, two_below;                    // this picture, the other field's next rows
};

inline int InterpolateField(const FieldSurroundings& at) {
  const int moved =
      std::max({std::abs(at.above - at.before_above), std::abs(at.below - at.before_below),
                std::abs(at.own - at.before_own)});
  const int over_above = at.two_above - at.above;
  const int over_below = at.two_below - at.below;
  const int comb_up =
      std::min({at.own - at.below, at.own - at.above, std::max(over_above, over_below)});
  const int comb_down =
      -std::max({at.own - at.below, at.own - at.above, std::min(over_above, over_below)});
  const int reach = std::max({moved, comb_up, comb_down});
  return std::clamp((at.above + at.below + 1) / 2, at.own - reach, at.own + reach);
}

/// Makes a whole picture of one field of an interlaced plane.
///
/// The field's own rows (0: the even ones) are taken as they are, those between them are
/// interpolated. Nothing is read from the future, so no picture is held back.
///
/// `previous`: the same plane one frame earlier, with data null when there is none.
template <typename Sample>
void DeinterlacePlane(PlaneView<const Sample> current, PlaneView<const Sample> previous, int field,
                      PlaneView<Sample> out) {
  const bool alone = previous.data == nullptr;
  if (alone) previous = current;
  for (int y = 0; y < current.height; ++y) {
    Sample* to = out.row(y);
    if (y % 2 == field || current.height < 2) {
      std::copy_n(current.row(y), current.width, to);
      continue;
    }
    const int above_y = y > 0 ? y - 1 : y + 1;
    const int below_y = y + 1 < current.height ? y + 1 : y - 1;
    const Sample* own = current.row(y);
    const Sample* above = current.row(above_y);
    const Sample* below = current.row(below_y);
    const Sample* before_own = previous.row(y);
    const Sample* before_above = previous.row(above_y);
    const Sample* before_below = previous.row(below_y);
    const Sample* two_above = current.row(y > 1 ? y - 2 : y);
    const Sample* two_below = current.row(y + 2 < current.height ? y + 2 : y);
    for (int x = 0; x < current.width; ++x) {
      to[x] = static_cast<Sample>(
          alone ? (above[x] + below[x] + 1) / 2
                : InterpolateField({own[x], above[x], below[x], before_own[x], before_above[x],
                                    before_below[x], two_above[x], two_below[x]}));
    }
  }
}

}  // namespace ingress::media
