#include "service/session/update_window.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kLongest = 0;  // the random number that waits longest

class UpdateWindowTest : public ::testing::Test {
 protected:
  /// Begins all that may begin now.
  int BeginAll() {
    int begun = 0;
    for (; window_.open(now_); ++begun) window_.OnBegun();
    return begun;
  }

  TimePoint now_{1h};
  UpdateWindow window_;
};

TEST_F(UpdateWindowTest, TakesAFewAtATime) {
  EXPECT_EQ(BeginAll(), UpdateWindow::kMax);
  window_.OnAnswered();
  EXPECT_EQ(BeginAll(), 1);
}

TEST_F(UpdateWindowTest, AsksAServerThatIsAwayWithOneUpdateAtATimeAndLessAndLessOften) {
  BeginAll();
  for (int i = 0; i < UpdateWindow::kMax; ++i) window_.OnLost(now_, kLongest);
  EXPECT_EQ(BeginAll(), 0) << "lost together, waited for once";
  std::chrono::nanoseconds longest{};
  int attempts = 0;
  for (const TimePoint end = now_ + 10min; now_ < end; ++attempts) {
    longest = std::max(longest, window_.not_before() - now_);
    now_ = window_.not_before();
    EXPECT_EQ(BeginAll(), 1);
    window_.OnLost(now_, kLongest);
  }
  EXPECT_LE(attempts, 70) << "about one in 10 s";
  EXPECT_LE(longest, 10s);
}

TEST_F(UpdateWindowTest, OpensStepByStepWhenTheServerIsBack) {
  BeginAll();
  for (int i = 0; i < UpdateWindow::kMax; ++i) window_.OnLost(now_, kLongest);
  now_ = window_.not_before();
  EXPECT_EQ(BeginAll(), 1);
  window_.OnAnswered();
  EXPECT_EQ(BeginAll(), 2);
  window_.OnAnswered();
  EXPECT_EQ(BeginAll(), 2);
  EXPECT_EQ(window_.under_way(), 3);
}

TEST_F(UpdateWindowTest, AServerThatSpeaksIsAskedAtOnce) {
  window_.OnBegun();
  window_.OnLost(now_, kLongest);
  EXPECT_FALSE(window_.open(now_));
  window_.OnHeard();
  EXPECT_EQ(BeginAll(), 1);
}

TEST_F(UpdateWindowTest, TheDelayBeginsAnewAfterAnAnswer) {
  for (int i = 0; i < 10; ++i) {
    window_.OnBegun();
    window_.OnLost(now_, kLongest);
    now_ = window_.not_before();
  }
  window_.OnBegun();
  window_.OnAnswered();
  window_.OnBegun();
  window_.OnLost(now_, kLongest);
  EXPECT_LE(window_.not_before() - now_, 200ms);
}

}  // namespace
}  // namespace ingress::service
