#include "base/helper_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace ingress {
namespace {

using namespace std::chrono_literals;

TEST(HelperThreadTest, RunsTasksInOrderOnAnotherThreadAndAllBeforeItGoes) {
  std::vector<int> order;
  std::thread::id there;
  {
    HelperThread helper;
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(helper.Run([&order, &there, i] {
        order.push_back(i);
        there = std::this_thread::get_id();
      }));
    }
  }
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_FALSE(there == std::this_thread::get_id());
}

TEST(HelperThreadTest, WhenItIsStuckNobodyWaitsForIt) {
  auto begun = std::make_shared<std::promise<void>>();
  auto go_on = std::make_shared<std::promise<void>>();
  auto left = std::make_shared<std::promise<void>>();
  auto second_ran = std::make_shared<bool>(false);
  {
    HelperThread helper({.tasks = 1, .farewell = 0ms});
    EXPECT_TRUE(helper.Run([=] {
      begun->set_value();
      go_on->get_future().wait();
      left->set_value();
    }));
    begun->get_future().wait();
    EXPECT_TRUE(helper.Run([=] { *second_ran = true; }));
    EXPECT_FALSE(helper.Run([] {})) << "a queue that grows without end";
  }
  go_on->set_value();
  left->get_future().wait();
  EXPECT_FALSE(*second_ran);
}

TEST(HelperThreadTest, WithoutATaskThereIsNoThread) { const HelperThread helper; }

}  // namespace
}  // namespace ingress
