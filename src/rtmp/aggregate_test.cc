#include "rtmp/aggregate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::rtmp {
namespace {

using ::testing::SizeIs;

constexpr std::string_view kTwoTags =
    "08 000002 000064 00 000000 AF01 0000000D"
    "09 000001 00006E 00 000000 17 DEADBEEF";  // the back pointer is wrong

TEST(SplitAggregateTest, ShiftsTheTagsToTheTimeOfTheMessage) {
  const auto parts = SplitAggregate({.type = MessageType::kAggregate,
                                     .timestamp = 5000,
                                     .message_stream_id = 1,
                                     .payload = FromHex(kTwoTags)});
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(2));
  EXPECT_EQ((*parts)[0].type, MessageType::kAudio);
  EXPECT_EQ((*parts)[0].timestamp, 5000u);
  EXPECT_EQ((*parts)[0].payload, FromHex("AF01"));
  EXPECT_EQ((*parts)[1].type, MessageType::kVideo);
  EXPECT_EQ((*parts)[1].timestamp, 5010u);
  EXPECT_EQ((*parts)[1].message_stream_id, 1u);
}

TEST(SplitAggregateTest, KeepsTheCompleteTagsOfATruncatedMessage) {
  const Bytes whole = FromHex(kTwoTags);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parts =
        SplitAggregate({.payload = Bytes(whole.begin(), whole.begin() + static_cast<int>(size))});
    ASSERT_TRUE(parts);
    EXPECT_THAT(*parts, SizeIs(size < 13 ? 0 : size < 17 + 12 ? 1 : 2)) << size;
  }
}

TEST(SplitAggregateTest, RejectsANestedAggregate) {
  EXPECT_FALSE(SplitAggregate({.payload = FromHex("16 000000 000000 00 000000 0000000B")}));
}

}  // namespace
}  // namespace ingress::rtmp
