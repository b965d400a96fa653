#include "input/guard/wrong_key_limit.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPerMinute = 60;

class WrongKeyLimitTest : public ::testing::Test {
 protected:
  /// How many of `keys` wrong ones are looked up.
  int LookedUp(const std::string& address, int keys) {
    int taken = 0;
    for (int i = 0; i < keys; ++i) taken += limit_.Take(address, kPerMinute, now_) ? 1 : 0;
    return taken;
  }

  TimePoint now_{1h};
  WrongKeyLimit limit_;
};

TEST_F(WrongKeyLimitTest, LooksUpSoManyWrongKeysAMinute) {
  EXPECT_EQ(LookedUp("a", 1000), 60);
  now_ += 10s;
  EXPECT_EQ(LookedUp("a", 1000), 10);
  now_ += 1h;
  EXPECT_EQ(LookedUp("a", 1000), 60);
}

TEST_F(WrongKeyLimitTest, HoldsAddressesApart) {
  EXPECT_EQ(LookedUp("a", 1000), 60);
  EXPECT_EQ(LookedUp("b", 10), 10);
}

TEST_F(WrongKeyLimitTest, CountsNoKeyThatNobodyFoundWrong) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(limit_.Take("a", kPerMinute, now_));
    limit_.Return("a");
  }
}

TEST_F(WrongKeyLimitTest, HoldsNoAddressBackThatHasShownARightKey) {
  EXPECT_TRUE(limit_.Take("a", kPerMinute, now_));
  limit_.OnRightKey("a", now_);
  EXPECT_EQ(LookedUp("a", 1000), 1000);
  now_ += 59min;
  EXPECT_EQ(LookedUp("a", 1000), 1000);
  now_ += 2min;
  EXPECT_EQ(LookedUp("a", 1000), 60);
}

TEST_F(WrongKeyLimitTest, CanBeSwitchedOff) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit_.Take("a", 0, now_));
  EXPECT_EQ(limit_.addresses(), 0u);
}

TEST_F(WrongKeyLimitTest, RemembersABoundedNumberOfAddresses) {
  EXPECT_TRUE(limit_.Take("friend", kPerMinute, now_));
  limit_.OnRightKey("friend", now_);
  for (std::size_t i = 0; i < 3 * WrongKeyLimit::kMaxAddresses; ++i) {
    EXPECT_TRUE(limit_.Take(std::to_string(i), kPerMinute, now_));
    ASSERT_LE(limit_.addresses(), WrongKeyLimit::kMaxAddresses);
  }
  EXPECT_EQ(LookedUp("friend", 1000), 1000) << "it is not among the forgotten";
}

TEST_F(WrongKeyLimitTest, ForgetsFirstWhatIsOld) {
  LookedUp("enemy", 1000);
  for (std::size_t i = 1; i < WrongKeyLimit::kMaxAddresses; ++i) {
    limit_.Take("old" + std::to_string(i), kPerMinute, now_ - 2min);
  }
  EXPECT_TRUE(limit_.Take("new", kPerMinute, now_));
  EXPECT_EQ(limit_.addresses(), 2u);
  EXPECT_EQ(LookedUp("enemy", 10), 0);
}

}  // namespace
}  // namespace ingress::input
