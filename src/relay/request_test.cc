#include "relay/request.h"

#include <gtest/gtest.h>

namespace ingress::relay {
namespace {

TEST(ParseTargetTest, ReadsResourceTokenAndTap) {
  const auto request = ParseTarget("/rtmp/RES_abc?token=s%2Fecret&tap=1");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->resource_id, "RES_abc");
  EXPECT_EQ(request->token, "s/ecret");
  EXPECT_TRUE(request->tap);
}

TEST(ParseTargetTest, LeavesOutWhatIsNotGiven) {
  const auto request = ParseTarget("/rtmp/RES_abc");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->token, "");
  EXPECT_FALSE(request->tap);
}

TEST(ParseTargetTest, RefusesOtherPathsWithoutShowingThem) {
  for (const char* target : {"/", "/rtmp", "/whip/RES_abc", "/rtmp/RES_abc/video?token=secret",
                             "/rtmp/a%20b/c", "//rtmp/RES_abc?token=secret"}) {
    const auto request = ParseTarget(target);
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error().code, ErrorCode::kNotFound) << target;
    EXPECT_EQ(request.error().context.find("secret"), std::string::npos) << target;
  }
}

TEST(ParseTargetTest, RefusesWhatIsNoTarget) {
  for (const char* target : {"", "*", "rtmp/RES_abc", "/rtmp/%zz", "/rtmp/a b"}) {
    const auto request = ParseTarget(target);
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error().code, ErrorCode::kMalformed) << target;
  }
}

TEST(TokenMatchesTest, WantsTheWholeTokenAndNeverAnEmptyOne) {
  EXPECT_TRUE(TokenMatches("secret", "secret"));
  EXPECT_FALSE(TokenMatches("secreT", "secret"));
  EXPECT_FALSE(TokenMatches("secre", "secret"));
  EXPECT_FALSE(TokenMatches("secrets", "secret"));
  EXPECT_FALSE(TokenMatches("", "secret"));
  EXPECT_FALSE(TokenMatches("", ""));
}

}  // namespace
}  // namespace ingress::relay
