#include "net/fair_queue.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

TEST(FairQueueTest, IsEmptyAtFirst) {
  FairQueue queue;
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(FairQueueTest, OneWhoComesIsNotBehindAThousandOfAnotherSource) {
  FairQueue queue;
  for (int i = 0; i < 1000; ++i) queue.Push("flood");
  const auto encoder = queue.Push("encoder");
  EXPECT_EQ(queue.Pop(), encoder);
  EXPECT_EQ(queue.size(), 1000U);
}

TEST(FairQueueTest, OneWhoComesIsNotBehindAThousandSources) {
  FairQueue queue;
  for (int i = 0; i < 1000; ++i) queue.Push("flood " + std::to_string(i));
  const auto encoder = queue.Push("encoder");
  EXPECT_EQ(queue.Pop(), encoder);
}

TEST(FairQueueTest, SourcesTakeTurnsAndOfOneTheNewestIsFirst) {
  FairQueue queue;
  const auto a1 = queue.Push("a");
  const auto a2 = queue.Push("a");
  const auto b1 = queue.Push("b");
  const auto b2 = queue.Push("b");
  EXPECT_EQ(queue.Pop(), b2);
  EXPECT_EQ(queue.Pop(), a2);
  EXPECT_EQ(queue.Pop(), b1);
  EXPECT_EQ(queue.Pop(), a1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(FairQueueTest, WhoLeavesIsNotNext) {
  FairQueue queue;
  const auto a1 = queue.Push("a");
  const auto a2 = queue.Push("a");
  const auto b = queue.Push("b");
  queue.Remove(b);
  queue.Remove(a2);
  queue.Remove(a2);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.Pop(), a1);
  queue.Remove(a1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

}  // namespace
}  // namespace ingress::net
