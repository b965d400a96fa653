#include "observability/redact.h"

#include <gtest/gtest.h>

namespace ingress::observability {
namespace {

TEST(RedactTest, ShowsTwoCharactersOfALongSecretAndNoneOfAShortOne) {
  EXPECT_EQ(Redact("x7GqT2Ab9KdE"), "x7…");
  EXPECT_EQ(Redact("12345678"), "12…");
  EXPECT_EQ(Redact("1234567"), "[redacted]");
  EXPECT_EQ(Redact(""), "");
}

TEST(RedactUrlTest, KeepsSchemeHostAndPath) {
  EXPECT_EQ(RedactUrl("wss://livekit.example.com:443/rtc"), "wss://livekit.example.com:443/rtc");
  EXPECT_EQ(RedactUrl(""), "");
  EXPECT_EQ(RedactUrl("not a url"), "not a url");
}

TEST(RedactUrlTest, DropsUserInfoQueryValuesAndFragment) {
  EXPECT_EQ(RedactUrl("redis://user:secret@host:6379/0"), "redis://host:6379/0");
  EXPECT_EQ(RedactUrl("ws://h/rtc?access_token=secret&protocol=16"),
            "ws://h/rtc?access_token=…&protocol=…");
  EXPECT_EQ(RedactUrl("http://h/x?secret"), "http://h/x?…");
  EXPECT_EQ(RedactUrl("http://h/x#secret"), "http://h/x");
  EXPECT_EQ(RedactUrl("http://h?a=s#secret"), "http://h?a=…");
  EXPECT_EQ(RedactUrl("http://a@b:secret@h/"), "http://h/");
}

}  // namespace
}  // namespace ingress::observability
