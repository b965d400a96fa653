#include "rtp/ring_queue.h"

#include <gtest/gtest.h>

#include <memory>

namespace ingress::rtp {
namespace {

TEST(RingQueueTest, KeepsItsOrderWhenItGrowsAcrossTheSeam) {
  RingQueue<int> queue;
  int pushed = 0;
  int popped = 0;
  for (; pushed < 40; ++pushed) queue.push_back(pushed);
  for (; popped < 30; ++popped, queue.pop_front()) ASSERT_EQ(queue.front(), popped);
  for (; pushed < 200; ++pushed) queue.push_back(pushed);
  EXPECT_EQ(queue.size(), 170U);
  EXPECT_EQ(queue[100], 130);
  EXPECT_EQ(queue.back(), 199);
  for (; popped < 200; ++popped, queue.pop_front()) ASSERT_EQ(queue.front(), popped);
  EXPECT_TRUE(queue.empty());
}

TEST(RingQueueTest, LetsGoOfWhatIsPopped) {
  RingQueue<std::shared_ptr<int>> queue;
  const auto value = std::make_shared<int>(1);
  queue.push_back(value);
  queue.push_back(value);
  queue.pop_front();
  EXPECT_EQ(value.use_count(), 2);
  queue.clear();
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace ingress::rtp
