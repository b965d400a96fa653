#include "rtc/waiting_datagrams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WaitingDatagramsTest, GivesThemOnceAndInTheirOrder) {
  WaitingDatagrams waiting;
  EXPECT_FALSE(waiting.any());
  EXPECT_TRUE(waiting.Add(Bytes{1, 2}));
  EXPECT_TRUE(waiting.Add(Bytes{3}));
  EXPECT_TRUE(waiting.any());
  EXPECT_THAT(waiting.Take(), ElementsAre(Bytes{1, 2}, Bytes{3}));
  EXPECT_FALSE(waiting.any());
  EXPECT_THAT(waiting.Take(), IsEmpty());
}

TEST(WaitingDatagramsTest, KeepsNoMoreThanItHasRoomFor) {
  WaitingDatagrams waiting;
  for (std::size_t i = 0; i < WaitingDatagrams::kMax; ++i) EXPECT_TRUE(waiting.Add(Bytes{7}));
  EXPECT_FALSE(waiting.Add(Bytes{8}));
  EXPECT_EQ(waiting.Take().size(), WaitingDatagrams::kMax);
  EXPECT_TRUE(waiting.Add(Bytes{9}));
}

}  // namespace
}  // namespace ingress::rtc
