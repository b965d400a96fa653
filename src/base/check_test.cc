#include "base/check.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

namespace ingress {
namespace {

TEST(Check, LetsPassWhatHolds) {
  int looked = 0;
  INGRESS_CHECK(++looked == 1);
  EXPECT_EQ(looked, 1);
}

TEST(CheckDeathTest, EndsTheProcessAndSaysWhere) {
  EXPECT_DEATH(INGRESS_CHECK(1 + 1 == 3), "check failed: 1 \\+ 1 == 3 \\(check_test.cc:[0-9]+, ");
}

// What _GLIBCXX_ASSERTIONS adds, in this build as well.
TEST(CheckDeathTest, TheStandardLibraryChecksItsSubscripts) {
  const std::vector<int> three(3);
  volatile std::size_t past = 3;
  EXPECT_DEATH((void)three[past], "Assertion");
  EXPECT_DEATH((void)std::span(three)[past], "Assertion");
  EXPECT_DEATH((void)std::span(three).subspan(past + 1), "Assertion");
}

#if defined(_FORTIFY_SOURCE)
TEST(CheckDeathTest, TheCLibraryChecksTheSizesItCanSee) {
  std::array<char, 8> small{};
  const std::array<char, 64> large{};
  volatile std::size_t size = 9;
  EXPECT_DEATH(std::memcpy(small.data(), large.data(), size), "buffer overflow detected");
}
#endif

}  // namespace
}  // namespace ingress
