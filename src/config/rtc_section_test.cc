#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PortRange kUsual{.first = 7885, .last = 7885};

Config LoadWith(const std::string& more) {
  const auto loaded = LoadText(kMinimal + more);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().context;
  return loaded ? loaded->config : Config{};
}

TEST(RtcSectionTest, ReadsWhip) {
  EXPECT_EQ(LoadWith("").whip, (Whip{.port = 8080}));
  EXPECT_EQ(LoadWith("").rtc.udp_ports(), kUsual);
  EXPECT_EQ(LoadWith("whip_port: 0\n").whip.port, 8080);  // as in the Go service
  EXPECT_TRUE(LoadWith("whip_port: 0\n").whip.port_given);
  EXPECT_EQ(LoadWith("whip_port: -1\n").whip.port, 0);
  EXPECT_EQ(LoadWith("whip_port: 8081\n").whip, (Whip{.port = 8081, .port_given = true}));
  EXPECT_EQ(LoadWith("rtc_config: {udp_port: 7000, tcp_port: 7001, node_ip: 192.0.2.1, "
                     "external_udp_port: 17000, external_tcp_port: 17001, use_external_ip: true, "
                     "external_ip_only: true, advertise_internal_ip: true, "
                     "enable_loopback_candidate: true}\n")
                .rtc,
            (Rtc{.udp_port = {.first = 7000, .last = 7000},
                 .tcp_port = 7001,
                 .external_udp_port = 17000,
                 .external_tcp_port = 17001,
                 .node_ips = {"192.0.2.1"},
                 .use_external_ip = true,
                 .external_ip_only = true,
                 .advertise_internal_ip = true,
                 .enable_loopback_candidate = true}));
  for (const std::string both :
       {"{ipv4: 192.0.2.1, ipv6: \"2001:db8::1\"}", "\"192.0.2.1, 2001:db8::1\""}) {
    EXPECT_THAT(LoadWith("rtc_config: {node_ip: " + both + "}\n").rtc.node_ips,
                ElementsAre("192.0.2.1", "2001:db8::1"));
  }
  EXPECT_EQ(LoadWith("cpu_cost: {whip_cpu_cost: 2, whip_bypass_transcoding_cpu_cost: 0.1}\n")
                .cpu_cost.whip_bypass,
            0.1);
  EXPECT_THAT(ErrorWith("rtc_config: {node_ip: node.example.com}\n"),
              HasSubstr("rtc_config.node_ip must be"));
  EXPECT_THAT(ErrorWith("rtc_config: {udp_port: 0x1}\n"), HasSubstr("rtc_config.udp_port must be"));
  EXPECT_THAT(ErrorWith("whip_port: 1935\n"), HasSubstr("rtmp_port and whip_port are both 1935"));
}

TEST(RtcSectionTest, LetsRtmpBeSwitchedOffWhereThereIsWhip) {
  EXPECT_EQ(LoadWith("rtmp_port: -1\nwhip_port: 8080\n").rtmp_port, 0);
  EXPECT_EQ(LoadWith("rtmp_port: -1\n").whip.port, 8080);
}

TEST(RtcSectionTest, LeavesWhipOutWhereAnotherKeyHasItsUsualPort) {
  EXPECT_EQ(LoadWith("health_port: 8080\n").whip.port, 0);
  EXPECT_THAT(WarningsWith("health_port: 8080\n"),
              ElementsAre(HasSubstr("WHIP is off, because health_port has its usual port 8080")));
  EXPECT_THAT(ErrorWith("health_port: 8080\nwhip_port: 8080\n"), HasSubstr("are both 8080"));
}

TEST(RtcSectionTest, ReadsTheFilesOfACertificateTogether) {
  EXPECT_EQ(LoadWith("whip_tls: {cert_file: c.pem, key_file: k.pem}\n").whip.tls,
            (WhipTls{.cert_file = "c.pem", .key_file = "k.pem"}));
  EXPECT_FALSE(LoadWith("").whip.tls.on());
  EXPECT_THAT(ErrorWith("whip_tls: {cert_file: c.pem}\n"),
              HasSubstr("whip_tls.cert_file needs whip_tls.key_file"));
  EXPECT_THAT(ErrorWith("whip_tls: {key_file: k.pem}\n"),
              HasSubstr("whip_tls.key_file needs whip_tls.cert_file"));
}

TEST(RtcSectionTest, TakesOneOfARangeOfUdpPorts) {
  EXPECT_EQ(LoadWith("rtc_config: {udp_port: 7885-7890}\n").rtc.udp_ports(),
            (PortRange{.first = 7885, .last = 7890}));
  EXPECT_THAT(WarningsWith("rtc_config: {udp_port: 7885-7890}\n"),
              ElementsAre(HasSubstr("all sessions share one port")));
  EXPECT_THAT(ErrorWith("rtc_config: {udp_port: 7890-7885}\n"), HasSubstr("two with - between"));

  const std::string range = "rtc_config: {udp_port: 7000, port_range_start: 50000, ";
  EXPECT_EQ(LoadWith(range + "port_range_end: 51000}\n").rtc.udp_ports(),
            (PortRange{.first = 50'000, .last = 51'000}));
  EXPECT_THAT(ErrorWith(range + "port_range_end: 49999}\n"), HasSubstr("must not be below"));
  EXPECT_EQ(LoadWith(range + "}\n").rtc.udp_ports().first, 7000);
  EXPECT_THAT(WarningsWith(range + "}\n"),
              ElementsAre(HasSubstr("port_range_start has no effect without")));
}

TEST(RtcSectionTest, SwitchesUdpOffWhereThereIsTcp) {
  EXPECT_EQ(LoadWith("rtc_config: {force_tcp: true, tcp_port: 7001}\n").rtc.udp_ports(),
            PortRange());
  EXPECT_THAT(ErrorWith("rtc_config: {force_tcp: true}\n"), HasSubstr("needs rtc_config.tcp_port"));
}

TEST(RtcSectionTest, ReadsWhatClientsAreToldOf) {
  EXPECT_THAT(
      LoadWith("rtc_config: {stun_servers: [stun.example.com, \"[::1]:3479\"]}\n").rtc.stun_servers,
      ElementsAre("stun.example.com:3478", "[::1]:3479"));
  for (const char* wrong : {"a:b:c", "a:b", "a:0", "a:70000", "a\\nb:1"}) {
    EXPECT_THAT(ErrorWith("rtc_config: {stun_servers: [\"" + std::string(wrong) + "\"]}\n"),
                HasSubstr("host:port"))
        << wrong;
  }

  using enum TurnServer::Protocol;
  const std::string servers =
      "rtc_config:\n  turn_servers:\n"
      "  - {host: turn.example.com, port: 443, protocol: tls, username: u, credential: c}\n"
      "  - {host: turn.example.com, secret: s, ttl: 600}\n";
  EXPECT_THAT(LoadWith(servers).rtc.turn_servers,
              ElementsAre(TurnServer{.host = "turn.example.com",
                                     .port = 443,
                                     .protocol = kTls,
                                     .username = "u",
                                     .credential = "c",
                                     .ttl = std::chrono::hours(4)},
                          TurnServer{.host = "turn.example.com",
                                     .port = 3478,
                                     .protocol = kUdp,
                                     .secret = "s",
                                     .ttl = std::chrono::minutes(10)}));
  EXPECT_THAT(ErrorWith("rtc_config: {turn_servers: [{host: a, protocol: sctp}]}\n"),
              HasSubstr("udp, tcp or tls"));
  EXPECT_THAT(WarningsWith("rtc_config: {turn_servers: [{host: a}]}\n"),
              ElementsAre(HasSubstr("without username and credential")));
}

TEST(RtcSectionTest, SelectsAddressesOfTheMachine) {
  const Rtc rtc = LoadWith(
                      "rtc_config: {interfaces: {includes: [eth0], excludes: [docker0]}, "
                      "ips: {excludes: [10.0.0.0/8]}}\n")
                      .rtc;
  EXPECT_THAT(rtc.interfaces.includes, ElementsAre("eth0"));
  EXPECT_THAT(rtc.interfaces.excludes, ElementsAre("docker0"));
  EXPECT_THAT(rtc.ips.excludes, ElementsAre(*ParseIpNetwork("10.0.0.0/8")));
  EXPECT_THAT(ErrorWith("rtc_config: {interfaces: {includes: {a: b}}}\n"),
              HasSubstr("must be a list of names"));
  EXPECT_THAT(WarningsWith("rtc_config: {external_ip_only: true}\n"),
              ElementsAre(HasSubstr("use_external_ip is not true")));
}

}  // namespace
}  // namespace ingress::config
