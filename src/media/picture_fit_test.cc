#include "media/picture_fit.h"

#include <gtest/gtest.h>

namespace ingress::media {
namespace {

TEST(FitIntoTest, FillsALayerOfTheSameShape) {
  EXPECT_EQ(FitInto({.width = 1920, .height = 1080}, 1280, 720), (Rectangle{0, 0, 1280, 720}));
  // 426 by 240 is the even size nearest to 16:9.
  EXPECT_EQ(FitInto({.width = 1920, .height = 1080}, 426, 240), (Rectangle{0, 0, 426, 240}));
  EXPECT_EQ(FitInto({.width = 161, .height = 121}, 162, 122), (Rectangle{0, 0, 162, 122}));
}

TEST(FitIntoTest, LeavesBarsWhereTheShapesDiffer) {
  EXPECT_EQ(FitInto({.width = 640, .height = 480}, 1280, 720), (Rectangle{160, 0, 960, 720}));
  EXPECT_EQ(FitInto({.width = 1920, .height = 800}, 1280, 720), (Rectangle{0, 92, 1280, 534}));
  EXPECT_EQ(FitInto({.width = 720, .height = 1280}, 1280, 720), (Rectangle{436, 0, 406, 720}));
}

TEST(FitIntoTest, MakesPixelsSquare) {
  const PictureShape pal{.width = 720, .height = 576, .sar_width = 64, .sar_height = 45};
  EXPECT_EQ(FitInto(pal, 1024, 576), (Rectangle{0, 0, 1024, 576}));
  EXPECT_EQ(FitInto(pal, 720, 576), (Rectangle{0, 84, 720, 406}));
}

TEST(FitIntoTest, TurnsBeforeItFits) {
  const PictureShape lying{.width = 1280, .height = 720, .rotation = 1};
  EXPECT_EQ(FitInto(lying, 720, 1280), (Rectangle{0, 0, 720, 1280}));
  EXPECT_EQ(FitInto(lying, 1280, 720), (Rectangle{436, 0, 406, 720}));
}

TEST(FitIntoTest, SurvivesAbsurdShapes) {
  const PictureShape needle{.width = 16, .height = 16384, .sar_width = 1, .sar_height = 65535};
  const Rectangle fitted = FitInto(needle, 320, 180);
  EXPECT_GE(fitted.width, 2);
  EXPECT_EQ(fitted.height, 180);
}

}  // namespace
}  // namespace ingress::media
