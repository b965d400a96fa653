#include "media/full_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress::media {
namespace {

using ::testing::ElementsAre;

TEST(LimitRangeTest, MapsBlackWhiteAndGrey) {
  std::vector<std::uint8_t> luma = {0, 255, 128};
  LimitRange<std::uint8_t>({luma.data(), 3, 3, 1}, 8, false);
  EXPECT_THAT(luma, ElementsAre(16, 235, 126));
  std::vector<std::uint8_t> chroma = {0, 255, 128};
  LimitRange<std::uint8_t>({chroma.data(), 3, 3, 1}, 8, true);
  EXPECT_THAT(chroma, ElementsAre(16, 240, 128));
}

TEST(LimitRangeTest, MapsTenBitSamples) {
  std::vector<std::uint16_t> luma = {0, 1023};
  LimitRange<std::uint16_t>({luma.data(), 2, 2, 1}, 10, false);
  EXPECT_THAT(luma, ElementsAre(64, 940));
}

}  // namespace
}  // namespace ingress::media
