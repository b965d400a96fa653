#include "service/node/trim_policy.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

/// A process of 40 MB, of which the heap has 10 in use; what follows is in megabytes.
class TrimPolicyTest : public ::testing::Test {
 protected:
  TrimPolicyTest() { Second(); }

  bool Second() {
    now_ += 1s;
    if (!policy_.Due(Now(), now_)) return false;
    resident_free_ = 0;
    policy_.OnTrimmed(Now());
    return true;
  }

  Heap Now() const {
    return {.in_use = (10 + in_use_) * kMegabyte,
            .free = free_ * kMegabyte,
            .resident = (40 + in_use_ + resident_free_) * kMegabyte};
  }

  void FloodTakes(std::size_t megabytes) {
    in_use_ += megabytes;
    EXPECT_FALSE(Second());
  }

  void FloodEnds() {
    free_ += in_use_;
    resident_free_ += in_use_;
    in_use_ = 0;
  }

  /// After how many seconds it says so; 0: not within a minute.
  int SecondsUntilDue() {
    for (int i = 1; i <= 60; ++i) {
      if (Second()) return i;
    }
    return 0;
  }

  TimePoint now_{1h};
  std::size_t in_use_ = 0;
  std::size_t free_ = 0;
  std::size_t resident_free_ = 0;
  TrimPolicy policy_;
};

TEST_F(TrimPolicyTest, TrimsOnceWhenAFloodIsOver) {
  FloodTakes(84);
  FloodEnds();
  EXPECT_EQ(SecondsUntilDue(), 5);
  EXPECT_EQ(SecondsUntilDue(), 0) << "malloc still counts as free what was given back";
}

TEST_F(TrimPolicyTest, TrimsAfterEachFlood) {
  for (int i = 0; i < 3; ++i) {
    FloodTakes(50);
    FloodEnds();
    EXPECT_GT(SecondsUntilDue(), 0);
    free_ = 0;
  }
}

TEST_F(TrimPolicyTest, WaitsForAQuietMomentButNotForEver) {
  FloodTakes(50);
  FloodEnds();
  for (int i = 0; i < 60; ++i) FloodTakes(2);
  EXPECT_TRUE(Second());
}

TEST_F(TrimPolicyTest, LeavesASteadyOrASmallLoadAlone) {
  EXPECT_EQ(SecondsUntilDue(), 0);
  FloodTakes(100);
  EXPECT_EQ(SecondsUntilDue(), 0);
  in_use_ = 0;
  FloodTakes(5);
  FloodEnds();
  EXPECT_EQ(SecondsUntilDue(), 0);
}

}  // namespace
}  // namespace ingress::service
