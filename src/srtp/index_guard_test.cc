#include "srtp/index_guard.h"

#include <gtest/gtest.h>

namespace ingress::srtp {
namespace {

using Verdict = IndexGuard::Verdict;
constexpr std::uint64_t kRemembered = IndexGuard::kRemembered;

TEST(IndexGuardTest, LetsAPacketRepeatButNotAnother) {
  IndexGuard guard;
  EXPECT_FALSE(guard.newest());
  EXPECT_EQ(guard.Judge(10, 0xaaaa), Verdict::kNew);
  EXPECT_EQ(guard.Judge(11, 0xbbbb), Verdict::kNew);
  EXPECT_EQ(guard.newest(), 11U);
  EXPECT_EQ(guard.Judge(10, 0xaaaa), Verdict::kRepeat);
  EXPECT_EQ(guard.Judge(10, 0xbbbb), Verdict::kDifferent);
  EXPECT_EQ(guard.Judge(11, 0xaaaa), Verdict::kDifferent) << "also of the newest";
  EXPECT_EQ(guard.Judge(10, 0xaaaa), Verdict::kRepeat) << "a refused one leaves no trace";
  EXPECT_EQ(guard.newest(), 11U);
}

TEST(IndexGuardTest, TakesAPacketThatComesLate) {
  IndexGuard guard;
  EXPECT_EQ(guard.Judge(100, 1), Verdict::kNew);
  EXPECT_EQ(guard.Judge(98, 2), Verdict::kNew);
  EXPECT_EQ(guard.Judge(98, 2), Verdict::kRepeat);
  EXPECT_EQ(guard.Judge(98, 3), Verdict::kDifferent);
}

TEST(IndexGuardTest, RefusesWhatItHasForgotten) {
  IndexGuard guard;
  for (std::uint64_t index = 0; index <= kRemembered; ++index) {
    ASSERT_EQ(guard.Judge(index, static_cast<std::uint32_t>(index)), Verdict::kNew);
  }
  EXPECT_EQ(guard.Judge(1, 1), Verdict::kRepeat) << "the oldest it knows";
  EXPECT_EQ(guard.Judge(0, 0), Verdict::kTooOld);
}

TEST(IndexGuardTest, ForgetsWhatIsJumpedOver) {
  for (const std::uint64_t jump :
       {std::uint64_t{5}, kRemembered - 1, kRemembered, kRemembered + 5, 3 * kRemembered}) {
    IndexGuard guard;
    for (std::uint64_t index = 0; index < kRemembered; ++index) guard.Judge(index, 7);
    const std::uint64_t newest = kRemembered - 1 + jump;
    EXPECT_EQ(guard.Judge(newest, 8), Verdict::kNew);
    for (std::uint64_t index = kRemembered; index < newest; ++index) {
      const bool known = newest - index < kRemembered;
      ASSERT_EQ(guard.Judge(index, 9), known ? Verdict::kNew : Verdict::kTooOld)
          << index << " behind a jump of " << jump;
    }
    EXPECT_EQ(guard.Judge(newest, 8), Verdict::kRepeat);
  }
}

TEST(IndexGuardTest, TakesATagOfZeroForATag) {
  IndexGuard guard;
  EXPECT_EQ(guard.Judge(1, 0), Verdict::kNew);
  EXPECT_EQ(guard.Judge(1, 0), Verdict::kRepeat);
  EXPECT_EQ(guard.Judge(1, 2), Verdict::kDifferent);
}

TEST(IndexGuardTest, CountsToTheLastIndex) {
  IndexGuard guard;
  constexpr std::uint64_t kLast = (std::uint64_t{1} << 48) - 1;
  EXPECT_EQ(guard.Judge(kLast - 1, 1), Verdict::kNew);
  EXPECT_EQ(guard.Judge(kLast, 2), Verdict::kNew);
  EXPECT_EQ(guard.Judge(kLast - 1, 1), Verdict::kRepeat);
}

}  // namespace
}  // namespace ingress::srtp
