#include "token/access_token.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ingress::token {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};

std::vector<std::string> Split(const std::string& token) {
  std::vector<std::string> parts(1);
  for (const char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::string Decode(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    bits = bits << 6 | static_cast<unsigned>(kLetters.find(c));
    held += 6;
    if (held >= 8) out.push_back(static_cast<char>(bits >> (held -= 8) & 0xff));
  }
  return out;
}

TEST(AccessTokenTest, CarriesTheClaimsOfAPublishingIngress) {
  const auto parts = Split(MakeAccessToken("key", "secret",
                                           {.room = "stage",
                                            .identity = "cam-1",
                                            .name = "Camera \"one\"",
                                            .metadata = "",
                                            .attributes = {{"ingress.ingressID", "IN_1"}}},
                                           kNow));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(Decode(parts[0]), R"({"alg":"HS256","typ":"JWT"})");
  const auto claims = boost::json::parse(Decode(parts[1])).as_object();
  EXPECT_EQ(claims.at("iss").as_string(), "key");
  EXPECT_EQ(claims.at("sub").as_string(), "cam-1");
  EXPECT_EQ(claims.at("name").as_string(), "Camera \"one\"");
  EXPECT_EQ(claims.at("kind").as_string(), "ingress");
  EXPECT_EQ(claims.at("nbf").as_int64(), 1'767'225'600);
  EXPECT_EQ(claims.at("exp").as_int64(), 1'767'225'600 + 86'400);
  EXPECT_EQ(claims.at("attributes").as_object().at("ingress.ingressID").as_string(), "IN_1");
  const auto& grant = claims.at("video").as_object();
  EXPECT_EQ(grant.at("room").as_string(), "stage");
  EXPECT_TRUE(grant.at("roomJoin").as_bool());
  EXPECT_TRUE(grant.at("canPublish").as_bool());
  EXPECT_FALSE(grant.at("canSubscribe").as_bool());
}

TEST(AccessTokenTest, IsSignedWithHs256) {
  // Signature made with Python's hmac module over the same header and claims.
  const std::string token = MakeAccessToken(
      "k", "s", {.room = "r", .identity = "i", .name = "", .metadata = "", .attributes = {}}, kNow);
  const auto parts = Split(token);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[2], "Fx2KkWygaRB6sWBhO57YSrAHD8pMxYNPy0-qOv95Xws");
}

}  // namespace
}  // namespace ingress::token
