#include "service/guard/trim_policy.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;

class TrimPolicyTest : public ::testing::Test {
 protected:
  /// A second passes in which `arrivals` came; `open` stay.
  bool Second(std::size_t open, std::uint64_t arrivals = 0) {
    served_ += arrivals;
    return policy_.Due(open, served_, now_ += 1s);
  }

  /// After how many seconds without arrivals it says so; 0: not within a minute.
  int QuietSecondsUntilDue(std::size_t open) {
    for (int i = 1; i <= 60; ++i) {
      if (Second(open)) return i;
    }
    return 0;
  }

  TimePoint now_{1h};
  std::uint64_t served_ = 0;
  TrimPolicy policy_;
};

TEST_F(TrimPolicyTest, TrimsOnceWhenAFloodIsOver) {
  EXPECT_FALSE(Second(300, 300));
  EXPECT_FALSE(Second(300));
  EXPECT_EQ(QuietSecondsUntilDue(0), 4);
  EXPECT_EQ(QuietSecondsUntilDue(0), 0);
}

TEST_F(TrimPolicyTest, TrimsAfterManyShortConnectionsOfWhichItNeverSawOne) {
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(Second(0, 5));
  EXPECT_EQ(QuietSecondsUntilDue(0), 5);
}

TEST_F(TrimPolicyTest, NeverWhileConnectionsCome) {
  EXPECT_FALSE(Second(500, 500));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Second(10, 1));
}

TEST_F(TrimPolicyTest, LeavesASteadyOrASmallLoadAlone) {
  EXPECT_FALSE(Second(100, 100));
  EXPECT_EQ(QuietSecondsUntilDue(100), 0);
  EXPECT_EQ(QuietSecondsUntilDue(60), 0);
  EXPECT_EQ(QuietSecondsUntilDue(50), 1);
  EXPECT_FALSE(Second(6, 6));
  EXPECT_EQ(QuietSecondsUntilDue(45), 0);
}

}  // namespace
}  // namespace ingress::service
