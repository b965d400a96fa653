#include "input/whip/entity_tag.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

TEST(EntityTagTest, IsComparedStrongly) {
  constexpr std::string_view kTag = "\"abc\"";
  EXPECT_EQ(MatchTag("\"abc\"", kTag), TagMatch::kMatches);
  EXPECT_EQ(MatchTag("\"old\" , \"abc\"", kTag), TagMatch::kMatches);
  EXPECT_EQ(MatchTag("W/\"abc\"", kTag), TagMatch::kFails);
  EXPECT_EQ(MatchTag("abc", kTag), TagMatch::kFails);
  EXPECT_EQ(MatchTag("\"old\"", kTag), TagMatch::kFails);
}

TEST(EntityTagTest, MayBeAny) {
  EXPECT_EQ(MatchTag("*", "\"abc\""), TagMatch::kAny);
  EXPECT_EQ(MatchTag("\"*\"", "\"abc\""), TagMatch::kAny);
}

TEST(EntityTagTest, MayBeMissing) {
  EXPECT_EQ(MatchTag("", "\"abc\""), TagMatch::kMissing);
  EXPECT_EQ(MatchTag(" , ", "\"abc\""), TagMatch::kMissing);
}

}  // namespace
}  // namespace ingress::input
