#include "codec/aspect_ratio.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

SampleAspectRatio Read(std::string_view hex) {
  const Bytes bits = FromHex(hex);
  BitReader reader(bits);
  return ReadSampleAspectRatio(reader);
}

TEST(SampleAspectRatioTest, ReadsTheTableAndWhatIsBesideIt) {
  EXPECT_EQ(Read("00"), (SampleAspectRatio{1, 1}));              // absent
  EXPECT_EQ(Read("8100"), (SampleAspectRatio{12, 11}));          // 1, 00000010
  EXPECT_EQ(Read("ff8020001680"), (SampleAspectRatio{64, 45}));  // extended
  EXPECT_EQ(Read("ff8000001680"), (SampleAspectRatio{1, 1}));    // extended, unspecified
  EXPECT_EQ(Read("8880"), (SampleAspectRatio{1, 1}));            // 17 is reserved
  EXPECT_EQ(Read("ff"), (SampleAspectRatio{1, 1}));              // cut off
}

TEST(SampleAspectRatioTest, WidensTheShorterSide) {
  const DisplaySize wide = WithSquarePixels(720, 576, {64, 45});
  EXPECT_EQ(wide.width, 1024);
  EXPECT_EQ(wide.height, 576);
  const DisplaySize tall = WithSquarePixels(1440, 1080, {1, 2});
  EXPECT_EQ(tall.width, 1440);
  EXPECT_EQ(tall.height, 2160);
  EXPECT_EQ(WithSquarePixels(16384, 16, {65535, 1}).width, 65536);
}

}  // namespace
}  // namespace ingress::codec
