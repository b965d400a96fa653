#include "input/whip/target.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

TEST(WhipTargetTest, NamesTheEndpoint) {
  for (const std::string_view path : {"/w", "/w/"}) {
    const auto target = ParseWhipTarget(path);
    ASSERT_TRUE(target.has_value()) << path;
    EXPECT_EQ(target->app, "w");
    EXPECT_EQ(target->key, "");
    EXPECT_FALSE(target->is_session());
  }
  EXPECT_EQ(ParseWhipTarget("/whip/aBcD3")->key, "aBcD3");
}

TEST(WhipTargetTest, NamesASession) {
  const auto target = ParseWhipTarget(WhipSessionPath("w", "WH_1", "secret"));
  ASSERT_TRUE(target.has_value());
  EXPECT_TRUE(target->is_session());
  EXPECT_EQ(target->app, "w");
  EXPECT_EQ(target->session_id, "WH_1");
  EXPECT_EQ(target->secret, "secret");
}

TEST(WhipTargetTest, NamesNothingElse) {
  for (const std::string_view path :
       {"", "/", "w", "//", "/w//x", "/w/x/y", "/w/secret/RT_1", "/w/secret/WH_",
        "/w/secret/WH_1|REQ", "/w/secret/WH_1/x", "/w/a b"}) {
    EXPECT_FALSE(ParseWhipTarget(path).has_value()) << path;
  }
  EXPECT_FALSE(ParseWhipTarget("/" + std::string(300, 'x')).has_value());
}

TEST(WhipKeyTest, IsTakenFromHeaderOrPath) {
  const WhipTarget bare{.app = "w"};
  const WhipTarget with_key{.app = "w", .key = "key"};
  EXPECT_EQ(WhipKey(bare, "Bearer key"), "key");
  EXPECT_EQ(WhipKey(bare, "bearer  key "), "key");
  EXPECT_EQ(WhipKey(bare, "key"), "key");
  EXPECT_EQ(WhipKey(with_key, ""), "key");
  EXPECT_EQ(WhipKey(with_key, "Bearer key"), "key");
  EXPECT_EQ(WhipKey(bare, "").error(), KeyProblem::kMissing);
  EXPECT_EQ(WhipKey(bare, "Basic dTpw").error(), KeyProblem::kMissing);
  EXPECT_EQ(WhipKey(with_key, "Bearer other").error(), KeyProblem::kContradiction);
}

}  // namespace
}  // namespace ingress::input
