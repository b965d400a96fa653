#include "base/check.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ingress
