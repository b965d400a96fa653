#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(UnknownKeysTest, RejectsUnknownKeysWithLineAndNearestKey) {
  EXPECT_EQ(ErrorWith("rmtp_port: 1935\n"),
            "config body: line 6: unknown key rmtp_port; did you mean rtmp_port?");
  EXPECT_THAT(ErrorWith("logging:\n  jsn: true\n"),
              EndsWith("line 7: unknown key logging.jsn; did you mean logging.json?"));
}

TEST(UnknownKeysTest, LooksIntoNoSectionThatIsNotServed) {
  EXPECT_THAT(WarningsWith("psrpc: [odd]\n"), SizeIs(1));
}

TEST(UnknownKeysTest, StartsWithKeysThatASectionOfOthersHasGot) {
  EXPECT_THAT(WarningsWith("rtc_config: {udp_prt: 1, more: {of: it}}\n"),
              ElementsAre(StartsWith("line 6: part of rtc_config has no effect: udp_prt, more; "
                                     "valid keys in rtc_config: udp_port, port_range_start, ")));
}

TEST(UnknownKeysTest, LetsUnknownKeysPassWhereSomebodySaysSo) {
  EXPECT_THAT(WarningsWith("strict: false\nrmtp_port: 1935\nlogging: {jsn: true}\n"),
              ElementsAre("line 7: unknown key rmtp_port; did you mean rtmp_port?",
                          "line 8: unknown key logging.jsn; did you mean logging.json?"));
  const auto with = [](bool lenient, const char* more) {
    return Load({.body = kMinimal + std::string(more), .lenient = lenient}).has_value();
  };
  EXPECT_TRUE(with(true, "http_relay_url: x\n"));
  EXPECT_FALSE(with(false, "http_relay_url: x\n"));
  EXPECT_FALSE(with(true, "strict: true\nhttp_relay_url: x\n"));
  EXPECT_FALSE(with(true, "rtmp_port: often\n")) << "a value that cannot be is still none";
}

TEST(UnknownKeysTest, LeavesKeysOfOthersInPeaceThatAnAliasTakesFrom) {
  EXPECT_THAT(WarningsWith("x-shared: &level warn\nlogging: {level: *level}\n"), IsEmpty());
  EXPECT_THAT(ErrorWith("logging: {x-shared: 1}\n"), HasSubstr("unknown key logging.x-shared"));
}

TEST(UnknownKeysTest, ExplainsAKeyWrittenWithADot) {
  EXPECT_THAT(ErrorWith("logging.level: debug\n"),
              EndsWith("line 6: unknown key logging.level; write it as a section with the key "
                       "indented below it"));
}

TEST(UnknownKeysTest, StartsWithEveryKeyOfTheGoServiceAndWarnsOncePerSection) {
  const auto warnings = WarningsWith(
      "  dial_timeout: 2000\n"
      "  read_timeout: 200\n"
      "  write_timeout: 200\n"
      "  max_redirects: 2\n"
      "  pool_timeout: 5s\n"
      "  pool_size: 10\n"
      "whip_port: 8080\n"
      "development: true\n"
      "whip_proxy_enabled: true\n"
      "enable_stream_latency_reduction: true\n"
      "service_name: ingress\n"
      "node_id: NE_x\n"
      "logging: {sample: true, sample_initial: 1, sample_interval: 2, item_sample_seconds: 1,\n"
      "  item_sample_initial: 1, item_sample_interval: 1, component_levels: {transport: warn}}\n"
      "cpu_cost: {whip_cpu_cost: 2, whip_bypass_transcoding_cpu_cost: 0.1, url_cpu_cost: 2}\n"
      "psrpc: {max_attempts: 3, timeout: 3s, backoff: 1s, buffer_size: 100}\n"
      "rtc_config:\n"
      "  udp_port: 7885\n"
      "  tcp_port: 7881\n"
      "  force_tcp: false\n"
      "  node_ip: {ipv4: 1.2.3.4}\n"
      "  use_external_ip: true\n"
      "  external_ip_only: true\n"
      "  stun_servers: [stun.example.com]\n"
      "  use_ice_lite: true\n"
      "  interfaces: {includes: [eth0], excludes: [docker0]}\n"
      "  ips: {includes: [10.0.0.0/8], excludes: []}\n"
      "  enable_loopback_candidate: true\n"
      "  use_mdns: true\n"
      "  batch_io: {batch_size: 128, max_flush_interval: 2ms}\n"
      "  sctp_min_cwnd: 1\n"
      "  sctp_fast_rtx_wnd: 1\n"
      "  sctp_cwnd_ca_step: 1\n");
  EXPECT_THAT(warnings, SizeIs(6 + 5 + 7 + 1 + 1 + 3));
  for (const std::string& warning : warnings) {
    EXPECT_THAT(warning, AllOf(StartsWith("line "), HasSubstr(" has no effect: ")));
  }
}

TEST(UnknownKeysTest, DoesNotWarnAboutWhatIsSwitchedOff) {
  EXPECT_THAT(WarningsWith("whip_port: -1\ndevelopment: false\nwhip_proxy_enabled: false\n"
                           "debug_handler_port: 0\nlogging: {sample: false}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace ingress::config
