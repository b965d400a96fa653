#include "media/decode_saver.h"

#include <gtest/gtest.h>

namespace ingress::media {
namespace {

using std::chrono::microseconds;

/// Which of a row of pictures would be saved, when the even ones are kept.
int Saved(microseconds spacing, double max_frame_rate, bool odd) {
  DecodeSaver saver(max_frame_rate);
  int saved = 0;
  for (int i = 0; i < 100; ++i) {
    const SessionTime kept = spacing * (i > 4 ? (i - 4) / 2 * 2 : 0);
    if (saver.IsBetween(spacing * i, spacing * i, kept) && i % 2 == (odd ? 1 : 0)) ++saved;
  }
  return saved;
}

TEST(DecodeSaverTest, SavesEverySecondPictureOfADoubleRate) {
  EXPECT_EQ(Saved(microseconds(16'667), 30, true), 42);  // the first are watched only
  EXPECT_EQ(Saved(microseconds(16'667), 30, false), 0);
  EXPECT_EQ(Saved(microseconds(16'683), 30, true), 42);  // 59.94
  EXPECT_EQ(Saved(microseconds(20'000), 25, true), 42);
}

TEST(DecodeSaverTest, LeavesOtherRatiosToTheCap) {
  for (const int spacing : {20'000, 33'333, 8'333, 22'000}) {
    EXPECT_EQ(Saved(microseconds(spacing), 30, true), 0) << spacing;
  }
}

}  // namespace
}  // namespace ingress::media
