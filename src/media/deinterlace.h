#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "media/plane_view.h"

namespace ingress::media {

/// One sample of a row between those of a field, from its surroundings in the picture and the one
/// before. Where nothing changed since then it is the other field's (`own`); the more changed, the
/// further it may go to the mean of the rows above and below. Where every second row stands out
/// by the same amount, fields differ that should not.
///
/// `Number` holds sums of three samples; the narrower it is, the more are computed at once.
template <typename Number>
struct FieldSurroundings {
  Number own, above, below;                       // this picture
  Number before_own, before_above, before_below;  // the previous one
  Number two_above, two_below;                    // this picture, the other field's next rows

  Number Interpolated() const {
    const auto number = [](int value) { return static_cast<Number>(value); };
    const auto distance = [&](Number a, Number b) {
      return std::max(number(a - b), number(b - a));
    };
    const Number moved =
        std::max(distance(own, before_own),
                 std::max(distance(above, before_above), distance(below, before_below)));
    const Number over_above = number(two_above - above);
    const Number over_below = number(two_below - below);
    const Number high = std::max(above, below);
    const Number low = std::min(above, below);
    // Both are positive only in a comb: this row and the next of its field, all above the others.
    const Number comb_up = std::min(number(own - high), std::max(over_above, over_below));
    const Number comb_down = std::min(number(low - own), number(-std::min(over_above, over_below)));
    const Number reach = std::max(moved, std::max(comb_up, comb_down));
    const Number between = number((above + below + 1) / 2);
    return std::max(std::min(between, number(own + reach)), number(own - reach));
  }
};

/// Makes a whole picture of one field of an interlaced plane.
///
/// The field's own rows (0: the even ones) are taken as they are, those between them are
/// interpolated. Nothing is read from the future, so no picture is held back.
///
/// `previous`: the same plane one frame earlier, with data null when there is none.
template <typename Sample>
void DeinterlacePlane(PlaneView<const Sample> current, PlaneView<const Sample> previous, int field,
                      PlaneView<Sample> out) {
  for (int y = 0; y < current.height; ++y) {
    Sample* __restrict to = out.row(y);  // a picture of its own: rows can be computed in parallel
    if (y % 2 == field || current.height < 2) {
      std::copy_n(current.row(y), current.width, to);
      continue;
    }
    const int above_y = y > 0 ? y - 1 : y + 1;
    const int below_y = y + 1 < current.height ? y + 1 : y - 1;
    const Sample* own = current.row(y);
    const Sample* above = current.row(above_y);
    const Sample* below = current.row(below_y);
    if (previous.data == nullptr) {
      for (int x = 0; x < current.width; ++x) {
        to[x] = static_cast<Sample>((above[x] + below[x] + 1) / 2);
      }
      continue;
    }
    const Sample* before_own = previous.row(y);
    const Sample* before_above = previous.row(above_y);
    const Sample* before_below = previous.row(below_y);
    const Sample* two_above = current.row(y > 1 ? y - 2 : y);
    const Sample* two_below = current.row(y + 2 < current.height ? y + 2 : y);
    using Number = std::conditional_t<sizeof(Sample) == 1, std::int16_t, std::int32_t>;
    for (int x = 0; x < current.width; ++x) {
      const FieldSurroundings<Number> at{own[x],        above[x],        below[x],
                                         before_own[x], before_above[x], before_below[x],
                                         two_above[x],  two_below[x]};
      to[x] = static_cast<Sample>(at.Interpolated());
    }
  }
}

}  // namespace ingress::media
