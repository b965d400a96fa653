#include "rtp_receive/av1_depacketizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;

/// Without the look into the finished frame, which is not of interest here.
Result<Bytes> Assemble(std::initializer_list<Bytes> payloads) {
  Av1Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  for (const Bytes& payload : payloads) {
    if (auto added = depacketizer.Add(payload, frame); !added) {
      return std::unexpected(added.error());
    }
  }
  return frame;
}

constexpr std::uint8_t kMetadata = 5 << 3;  // an OBU that nobody looks into

TEST(Av1DepacketizerTest, GivesUnitsTheirSizes) {
  // W = 2: the first has its size, the second takes the rest.
  const auto frame = Assemble({{0x20, 3, kMetadata, 7, 8, kMetadata, 9}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(*frame, ElementsAre(kMetadata | 2, 2, 7, 8, kMetadata | 2, 1, 9));
}

TEST(Av1DepacketizerTest, ReadsAsManyUnitsAsHaveSizes) {
  const auto frame = Assemble({{0x00, 2, kMetadata, 7, 2, kMetadata, 8}});  // W = 0
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(*frame, ElementsAre(kMetadata | 2, 1, 7, kMetadata | 2, 1, 8));
}

TEST(Av1DepacketizerTest, PutsUnitsTogetherThatGoOnInOtherPayloads) {
  const auto frame = Assemble({{0x60, 2, kMetadata, 6, kMetadata, 7},  // W = 2, Y
                               {0xd0, 8},                              // Z, Y, W = 1
                               {0xa0, 1, 9, kMetadata, 10}});          // Z, W = 2
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(*frame,
              ElementsAre(kMetadata | 2, 1, 6, kMetadata | 2, 3, 7, 8, 9, kMetadata | 2, 1, 10));
}

TEST(Av1DepacketizerTest, LeavesDelimitersOutAndSizesAsTheyAre) {
  const auto frame = Assemble({{0x20, 1, 2 << 3, kMetadata | 2, 1, 9}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(*frame, ElementsAre(kMetadata | 2, 1, 9));
}

TEST(Av1DepacketizerTest, KeepsTheHeaderExtensionBeforeTheSize) {
  const auto frame = Assemble({{0x10, kMetadata | 4, 0x08, 9}});
  ASSERT_TRUE(frame.has_value());
  EXPECT_THAT(*frame, ElementsAre(kMetadata | 4 | 2, 0x08, 1, 9));
}

TEST(Av1DepacketizerTest, WritesLargeSizes) {
  Bytes payload = {0x10, kMetadata};
  payload.resize(2 + 300, 1);
  const auto frame = Assemble({payload});
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ((*frame)[1], 0xac);  // 300 = 0b10_0101100
  EXPECT_EQ((*frame)[2], 0x02);
  EXPECT_EQ(frame->size(), 303U);
}

TEST(Av1DepacketizerTest, RefusesWhatIsOutOfPlace) {
  EXPECT_FALSE(Assemble({{0x90, 9}}).has_value());                          // no start
  EXPECT_FALSE(Assemble({{0x50, kMetadata, 7}, {0x10, 9}}).has_value());    // no end
  EXPECT_FALSE(Assemble({{0x20, 9, kMetadata}}).has_value());               // past the payload
  EXPECT_FALSE(Assemble({{0x00, 0x80, 0x80, 0x80, 0x80, 1}}).has_value());  // no size
  EXPECT_FALSE(Assemble({{0x10, kMetadata | 4}}).has_value());              // no extension
  Av1Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  ASSERT_TRUE(depacketizer.Add(Bytes{0x50, kMetadata, 7}, frame).has_value());
  EXPECT_FALSE(depacketizer.Finish(frame).has_value());
}

TEST(Av1DepacketizerTest, BoundsAUnitThatNeverEnds) {
  Av1Depacketizer depacketizer;
  depacketizer.Begin();
  Bytes frame;
  Bytes payload(60'000, 1);
  payload[0] = 0x50;  // Y
  Result<void> added;
  for (int i = 0; i < 200 && added; ++i) {
    added = depacketizer.Add(payload, frame);
    payload[0] = 0xd0;  // Z, Y
  }
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, ErrorCode::kLimitExceeded);
}

TEST(Av1DepacketizerTest, TakesTheBeginningOfASequenceForThatOfAFrame) {
  const Av1Depacketizer depacketizer;
  EXPECT_TRUE(depacketizer.BeginsFrame(Bytes{0x18, 1 << 3}));
  EXPECT_FALSE(depacketizer.BeginsFrame(Bytes{0x10, 6 << 3}));
  EXPECT_FALSE(depacketizer.BeginsFrame(Bytes{0x98, 1}));
}

}  // namespace
}  // namespace ingress::rtp_receive
