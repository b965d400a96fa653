#include "net/fair_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

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

TEST(FairQueueTest, WhoStaysHasItsTurnWhateverNumberOfNewSourcesComes) {
  FairQueue queue;
  const auto encoder = queue.Push("encoder");
  bool served = false;
  for (int i = 0; i < 100 && !served; ++i) {
    queue.Push("flood " + std::to_string(2 * i));
    queue.Push("flood " + std::to_string(2 * i + 1));
    served = queue.Pop() == encoder;
  }
  EXPECT_TRUE(served);
}

TEST(FairQueueTest, OfEqualSourcesTheNewestAndTheOldestGoByTurns) {
  FairQueue queue;
  const auto a = queue.Push("a");
  const auto b = queue.Push("b");
  const auto c = queue.Push("c");
  const auto d = queue.Push("d");
  EXPECT_EQ(queue.Pop(), d);
  EXPECT_EQ(queue.Pop(), a);
  EXPECT_EQ(queue.Pop(), c);
  EXPECT_EQ(queue.Pop(), b);
}

TEST(FairQueueTest, OfOneSourceTheNewestAndTheOldestGoByTurns) {
  FairQueue queue;
  const auto first = queue.Push("a");
  const auto second = queue.Push("a");
  const auto third = queue.Push("a");
  EXPECT_EQ(queue.Pop(), third);
  EXPECT_EQ(queue.Pop(), first);
  EXPECT_EQ(queue.Pop(), second);
}

TEST(FairQueueTest, ASourceWithManyHasItsTurnsWhileNewSourcesKeepComing) {
  FairQueue queue;
  std::set<FairQueue::Id> encoders;  // behind one router
  for (int i = 0; i < 5; ++i) encoders.insert(queue.Push("encoders"));
  for (int i = 0; i < 200 && !encoders.empty(); ++i) {
    if (i % 10 != 0) queue.Push("flood " + std::to_string(i));
    encoders.erase(queue.Pop().value_or(0));
  }
  EXPECT_TRUE(encoders.empty());
}

TEST(FairQueueTest, WhoHasBegunGoesFirstAndOfThoseTheOldest) {
  FairQueue queue;
  const auto fresh = queue.Push("a");
  const auto first = queue.Push("b", FairQueue::Rank::kBegun);
  const auto second = queue.Push("c", FairQueue::Rank::kBegun);
  const auto third = queue.Push("b", FairQueue::Rank::kBegun);
  EXPECT_EQ(queue.size(), 4U);
  queue.Remove(second);
  EXPECT_EQ(queue.Pop(), first);
  EXPECT_EQ(queue.Pop(), third);
  EXPECT_EQ(queue.Pop(), fresh);
  EXPECT_TRUE(queue.empty());
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
