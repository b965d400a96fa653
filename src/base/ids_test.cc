#include "base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace ingress {
namespace {

using ::testing::MatchesRegex;

TEST(NewIdTest, HasPrefixAndTwelveLettersOfTheAlphabet) {
  EXPECT_THAT(NewId("RT_"), MatchesRegex("RT_[2-9A-HJ-NP-Za-km-z]{12}"));
}

TEST(NewIdTest, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(NewId(""));
  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace ingress
