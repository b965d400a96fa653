#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config LoadWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().context;
  return loaded ? loaded->config : Config{};
}

TEST(WhipSectionTest, ReadsWhip) {
  EXPECT_EQ(LoadWith("").whip, (Whip{.port = 8080, .udp_port = 7885}));
  EXPECT_EQ(LoadWith("whip_port: 0\n").whip.port, 8080);  // as in the Go service
  EXPECT_TRUE(LoadWith("whip_port: 0\n").whip.port_given);
  EXPECT_EQ(LoadWith("whip_port: -1\n").whip.port, 0);
  EXPECT_EQ(LoadWith("whip_port: 8081\nrtc_config: {udp_port: 7000, tcp_port: 7001, node_ip: "
                     "192.0.2.1}\n")
                .whip,
            (Whip{.port = 8081,
                  .port_given = true,
                  .udp_port = 7000,
                  .tcp_port = 7001,
                  .node_ips = {"192.0.2.1"}}));
  EXPECT_THAT(
      LoadWith("rtc_config: {node_ip: {ipv4: 192.0.2.1, ipv6: \"2001:db8::1\"}}\n").whip.node_ips,
      ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(LoadWith("cpu_cost: {whip_cpu_cost: 2, whip_bypass_transcoding_cpu_cost: 0.1}\n")
                .cpu_cost.whip_bypass,
            0.1);
  EXPECT_THAT(ErrorWith("rtc_config: {node_ip: node.example.com}\n"),
              HasSubstr("rtc_config.node_ip must be"));
  EXPECT_THAT(ErrorWith("rtc_config: {udp_port: 0x1}\n"), HasSubstr("rtc_config.udp_port must be"));
  EXPECT_THAT(ErrorWith("whip_port: 1935\n"), HasSubstr("rtmp_port and whip_port are both 1935"));
}

TEST(WhipSectionTest, LetsRtmpBeSwitchedOffWhereThereIsWhip) {
  EXPECT_EQ(LoadWith("rtmp_port: -1\nwhip_port: 8080\n").rtmp_port, 0);
  EXPECT_EQ(LoadWith("rtmp_port: -1\n").whip.port, 8080);
}

TEST(WhipSectionTest, LeavesWhipOutWhereAnotherKeyHasItsUsualPort) {
  EXPECT_EQ(LoadWith("health_port: 8080\n").whip.port, 0);
  EXPECT_THAT(WarningsWith("health_port: 8080\n"),
              ElementsAre(HasSubstr("WHIP is off, because health_port has its usual port 8080")));
  EXPECT_THAT(ErrorWith("health_port: 8080\nwhip_port: 8080\n"), HasSubstr("are both 8080"));
}

TEST(WhipSectionTest, TakesTheFirstOfARangeOfUdpPorts) {
  EXPECT_EQ(LoadWith("rtc_config: {udp_port: 7885-7890}\n").whip.udp_port, 7885);
  EXPECT_THAT(WarningsWith("rtc_config: {udp_port: 7885-7890}\n"),
              ElementsAre(HasSubstr("the first port of the range is used")));
}

}  // namespace
}  // namespace ingress::config
