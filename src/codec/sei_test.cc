#include "codec/sei.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/h264.h"

namespace ingress::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

/// A display_orientation payload with a rotation in quarter turns anticlockwise.
Bytes Orientation(int anticlockwise, bool flips = false) {
  const std::uint32_t bits = (flips ? 3U : 0U) << 16 | static_cast<std::uint32_t>(anticlockwise)
                                                           << 14;
  return {static_cast<std::uint8_t>(bits >> 11), static_cast<std::uint8_t>(bits >> 3),
          static_cast<std::uint8_t>(bits << 5 | 0x10)};
}

TEST(SeiReaderTest, WalksMessagesWithLongTypesAndSizes) {
  Bytes rbsp = {0xff, 0x01, 0x02, 0xaa, 0xbb, 0x05, 0xff, 0x2d};
  rbsp.insert(rbsp.end(), 300, 0x11);
  rbsp.push_back(0x80);
  SeiReader reader(rbsp);
  const auto first = reader.Next().value();
  EXPECT_EQ(first.type, 256U);
  EXPECT_THAT(first.payload, ElementsAre(0xaa, 0xbb));
  const auto second = reader.Next().value();
  EXPECT_EQ(second.type, 5U);
  EXPECT_EQ(second.payload.size(), 300U);
  EXPECT_FALSE(reader.Next());
}

TEST(SeiReaderTest, StopsAtAMessageThatIsCutOff) {
  const Bytes rbsp = {0x05, 0x10, 0x01};
  EXPECT_FALSE(SeiReader(rbsp).Next());
}

TEST(DisplayOrientationTest, TurnsTheOtherWayRound) {
  EXPECT_EQ(ParseDisplayOrientation(Orientation(0)), 0);
  EXPECT_EQ(ParseDisplayOrientation(Orientation(1)), 3);
  EXPECT_EQ(ParseDisplayOrientation(Orientation(2)), 2);
  EXPECT_EQ(ParseDisplayOrientation(Orientation(3)), 1);
  EXPECT_EQ(ParseDisplayOrientation(Orientation(0, true)), 2);
  EXPECT_EQ(ParseDisplayOrientation(Bytes{0x80}), 0);  // cancelled
  EXPECT_EQ(ParseDisplayOrientation(Bytes{0x00, 0x01}), std::nullopt);
}

TEST(DisplayOrientationTest, IsFoundBeforeTheSlices) {
  const Bytes sei = Orientation(1);
  Bytes picture = {0, 0, 0, 1, 0x06, 47, 3};
  picture.insert(picture.end(), sei.begin(), sei.end());
  picture.insert(picture.end(), {0x80, 0, 0, 0, 1, 0x65, 0x88});
  EXPECT_EQ(FindDisplayOrientation(picture, false), 3);
  EXPECT_EQ(FindDisplayOrientation(Bytes{0, 0, 0, 1, 0x65, 0x88}, false), std::nullopt);
}

TEST(DisplayOrientationTest, IsFoundBehindLengthsToo) {
  const Bytes sei = Orientation(1);
  Bytes picture = {0, 0, 0, static_cast<std::uint8_t>(3 + sei.size() + 1), 0x06, 47, 3};
  picture.insert(picture.end(), sei.begin(), sei.end());
  picture.insert(picture.end(), {0x80, 0, 0, 0, 2, 0x65, 0x88});
  EXPECT_EQ(FindOrientationLengthPrefixed(picture, 4, false), 3);
  EXPECT_EQ(FindOrientationLengthPrefixed(Bytes{0, 0, 0x65, 1, 0x65}, 2, false),
            std::nullopt);  // cut off
}

TEST(CaptionSeiTest, HoldsTheEntriesBehindTheAtscHeader) {
  const Bytes entries = {0xfc, 0x94, 0x2c, 0xff, 0x02, 0x21};
  const Bytes nal = MakeCaptionSei(entries);
  EXPECT_EQ(TypeOf(nal), NalType::kSei);
  const Bytes rbsp = RemoveEmulationPrevention(ByteView(nal).subspan(1));
  const auto message = SeiReader(rbsp).Next().value();
  EXPECT_EQ(message.type, 4U);
  EXPECT_THAT(message.payload,
              ElementsAreArray({0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, 0xc2, 0xff,  //
                                0xfc, 0x94, 0x2c, 0xff, 0x02, 0x21, 0xff}));
}

TEST(CaptionSeiTest, GoesBetweenParameterSetsAndSlices) {
  const Bytes picture = {0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3, 0, 0, 1, 0x65, 4};
  EXPECT_THAT(InsertBeforeSlices(picture, Bytes{0x06, 9}),
              ElementsAreArray({0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x06, 9,  //
                                0, 0, 0, 1, 0x65, 3, 0, 0, 0, 1, 0x65, 4}));
}

}  // namespace
}  // namespace ingress::codec
