#include "media/rotate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress::media {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint8_t> Rotate(int rotation, int width, int height) {
  const std::vector<std::uint8_t> picture = {1, 2, 3,  //
                                             4, 5, 6};
  std::vector<std::uint8_t> out(picture.size());
  RotatePlane({picture.data(), 3, 3, 2}, rotation, {out.data(), width, width, height});
  return out;
}

TEST(RotatePlaneTest, TurnsClockwise) {
  EXPECT_THAT(Rotate(0, 3, 2), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Rotate(1, 2, 3), ElementsAre(4, 1, 5, 2, 6, 3));
  EXPECT_THAT(Rotate(2, 3, 2), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(Rotate(3, 2, 3), ElementsAre(3, 6, 2, 5, 1, 4));
}

}  // namespace
}  // namespace ingress::media
