#include "media/deinterlace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress::media {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr int kWidth = 4;

/// Rows of one value each.
template <typename Sample>
std::vector<Sample> Rows(std::initializer_list<Sample> values) {
  std::vector<Sample> samples;
  for (const Sample value : values) samples.insert(samples.end(), kWidth, value);
  return samples;
}

template <typename Sample>
std::vector<Sample> Deinterlace(const std::vector<Sample>& current,
                                const std::vector<Sample>& previous, int field) {
  const int height = static_cast<int>(current.size()) / kWidth;
  std::vector<Sample> out(current.size());
  DeinterlacePlane<Sample>({current.data(), kWidth, kWidth, height},
                           {previous.empty() ? nullptr : previous.data(), kWidth, kWidth, height},
                           field, {out.data(), kWidth, kWidth, height});
  std::vector<Sample> first_column;
  for (std::size_t i = 0; i < out.size(); i += kWidth) first_column.push_back(out[i]);
  return first_column;
}

TEST(DeinterlaceTest, KeepsEveryRowOfAPictureThatStandsStill) {
  const auto picture = Rows<std::uint8_t>({10, 10, 200, 200, 90, 90});
  EXPECT_THAT(Deinterlace(picture, picture, 0), ElementsAre(10, 10, 200, 200, 90, 90));
  EXPECT_THAT(Deinterlace(picture, picture, 1), ElementsAre(10, 10, 200, 200, 90, 90));
}

TEST(DeinterlaceTest, TakesOneFieldAloneWhereThePictureMoves) {
  // Black became white between the fields: the comb must not be seen.
  const auto before = Rows<std::uint8_t>({16, 16, 16, 16});
  const auto comb = Rows<std::uint8_t>({16, 235, 16, 235});
  EXPECT_THAT(Deinterlace(comb, before, 0), Each(16));
  EXPECT_THAT(Deinterlace(comb, before, 1), Each(235));
}

TEST(DeinterlaceTest, SeesACombEvenWhereEachFieldStandsStill) {
  const auto flicker = Rows<std::uint8_t>({16, 235, 16, 235, 16, 235});
  EXPECT_THAT(Deinterlace(flicker, flicker, 0), Each(16));
}

TEST(DeinterlaceTest, InterpolatesWithoutAPast) {
  EXPECT_THAT(Deinterlace(Rows<std::uint8_t>({10, 99, 30, 99}), {}, 0),
              ElementsAre(10, 20, 30, 30));
}

TEST(DeinterlaceTest, HandlesDeepSamplesAndSingleRows) {
  const auto deep = Rows<std::uint16_t>({1000, 64, 1000});
  EXPECT_THAT(Deinterlace(deep, Rows<std::uint16_t>({64, 64, 64}), 0), Each(1000));
  EXPECT_THAT(Deinterlace(Rows<std::uint8_t>({7}), Rows<std::uint8_t>({9}), 1), ElementsAre(7));
}

}  // namespace
}  // namespace ingress::media
