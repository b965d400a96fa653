#include "token/access_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::token {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kKey[] = "devkey";
constexpr char kSecret[] = "devsecret-devsecret-devsecret-00";
constexpr WallTime kNow{std::chrono::seconds(1767225600)};  // 2026-01-01

AccessTokenClaims Camera() {
  return {.room = "stage",
          .identity = "cam-1",
          .name = "Camera 1",
          .metadata = R"({"seat":4})",
          .attributes = {{"ingress.ingressID", "IN_DemoIngr0001"}}};
}

// Header and claims were written by hand, the signature was computed with Python's hmac module.
constexpr char kExpected[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpc3MiOiJkZXZrZXkiLCJzdWIiOiJjYW0tMSIsImV4cCI6MTc2NzMxMjAwMCwibmJmIjoxNzY3MjI1NjAwLCJpYXQi"
    "OjE3NjcyMjU2MDAsImlkZW50aXR5IjoiY2FtLTEiLCJuYW1lIjoiQ2FtZXJhIDEiLCJraW5kIjoiaW5ncmVzcyIsInZp"
    "ZGVvIjp7InJvb21Kb2luIjp0cnVlLCJyb29tIjoic3RhZ2UiLCJjYW5QdWJsaXNoIjp0cnVlLCJjYW5TdWJzY3JpYmUi"
    "OmZhbHNlLCJjYW5VcGRhdGVPd25NZXRhZGF0YSI6dHJ1ZX0sIm1ldGFkYXRhIjoie1wic2VhdFwiOjR9IiwiYXR0cmli"
    "dXRlcyI6eyJpbmdyZXNzLmluZ3Jlc3NJRCI6IklOX0RlbW9JbmdyMDAwMSJ9fQ."
    "r7zuAebevgFnW_LfkYT52FBViRFJo9KImkLnGhAq-HY";

TEST(AccessTokenTest, MatchesTokenSignedElsewhere) {
  const auto token = MakeAccessToken(kKey, kSecret, Camera(), kNow);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(*token, kExpected);
}

TEST(AccessTokenTest, LeavesOutEmptyNameMetadataAndAttributes) {
  const auto token = MakeAccessToken(kKey, kSecret, {.room = "r", .identity = "i"}, kNow);
  ASSERT_TRUE(token.has_value());
  // {"iss":"devkey","sub":"i", … ,"kind":"ingress","video":{…}} and nothing behind it.
  EXPECT_LT(token->size(), 400U);
}

TEST(AccessTokenTest, NeedsKeySecretRoomAndIdentity) {
  EXPECT_EQ(MakeAccessToken("", kSecret, Camera(), kNow).error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(MakeAccessToken(kKey, "", Camera(), kNow).error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(MakeAccessToken(kKey, kSecret, {.room = "", .identity = "i"}, kNow).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(MakeAccessToken(kKey, kSecret, {.room = "r", .identity = ""}, kNow).error().code,
            ErrorCode::kMalformed);
}

TEST(RedactTokenTest, RemovesTokenPartsAndIssuer) {
  const std::string token = kExpected;
  const std::string text = "invalid API key: devkey, token " + token + " payload " +
                           token.substr(37, 400) + " signature " + token.substr(token.size() - 43);
  const std::string redacted = RedactToken(text, token);
  EXPECT_THAT(redacted, HasSubstr("invalid API key: [redacted]"));
  EXPECT_THAT(redacted, Not(HasSubstr("devkey")));
  EXPECT_THAT(redacted, Not(HasSubstr(token.substr(token.size() - 43))));
}

TEST(RedactTokenTest, LeavesOtherWordsAlone) {
  EXPECT_EQ(RedactToken("room does not exist", kExpected), "room does not exist");
  EXPECT_EQ(RedactToken("not a token", "garbage"), "not a token");
  EXPECT_EQ(RedactToken("no token", ""), "no token");
}

}  // namespace
}  // namespace ingress::token
