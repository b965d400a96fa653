#include "observability/redact.h"

#include <gtest/gtest.h>

namespace ingress::observability {
namespace {

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
