#include "input/whip/ice_server_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace ingress::input {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum config::TurnServer::Protocol;

const WallClock::time_point kNow = WallClock::from_time_t(1'700'000'000);

// RFC 9725 section 4.6.
TEST(IceServerLinksTest, PutsFirstWhatMostClientsTake) {
  config::Rtc rtc;
  rtc.stun_servers = {"stun.example.com:3478"};
  rtc.turn_servers = {
      {.host = "turn.example.com",
       .port = 443,
       .protocol = kTls,
       .username = "u",
       .credential = "c"},
      {.host = "2001:db8::1", .port = 3478, .protocol = kUdp, .username = "u", .credential = "c"}};
  EXPECT_THAT(
      IceServerLinks(rtc, kNow),
      ElementsAre(R"(<stun:stun.example.com:3478>; rel="ice-server")",
                  R"(<turn:[2001:db8::1]:3478?transport=udp>; rel="ice-server"; username="u"; )"
                  R"(credential="c"; credential-type="password")",
                  R"(<turns:turn.example.com:443?transport=tcp>; rel="ice-server"; username="u"; )"
                  R"(credential="c"; credential-type="password")"));
}

// The credential was made with: printf 1700000600:whip | openssl dgst -sha1 -hmac north -binary
TEST(IceServerLinksTest, MakesACredentialThatExpiresOfASecret) {
  config::Rtc rtc;
  rtc.turn_servers = {{.host = "turn.example.com",
                       .port = 3478,
                       .secret = "north",
                       .ttl = std::chrono::minutes(10)}};
  EXPECT_THAT(
      IceServerLinks(rtc, kNow),
      ElementsAre(R"(<turn:turn.example.com:3478?transport=udp>; rel="ice-server"; )"
                  R"(username="1700000600:whip"; credential="CuZXUlGRpvawTSWOc4X8KR4f5KM="; )"
                  R"(credential-type="password")"));
}

TEST(IceServerLinksTest, QuotesWhatStandsInQuotesAndLeavesOutWhatBrowsersRefuse) {
  config::Rtc rtc;
  rtc.turn_servers = {
      {.host = "a", .port = 1, .username = "u\"", .credential = "c\\"},
      {.host = "without-credentials", .port = 1},
  };
  EXPECT_THAT(IceServerLinks(rtc, kNow),
              ElementsAre(R"(<turn:a:1?transport=udp>; rel="ice-server"; username="u\""; )"
                          R"(credential="c\\"; credential-type="password")"));
  EXPECT_THAT(IceServerLinks({}, kNow), IsEmpty());
}

}  // namespace
}  // namespace ingress::input
