#include "config/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReloadTest, TakesOverWhatCanChangeAndNamesWhatCannot) {
  Config running;
  Config fresh;
  fresh.log_level = LogLevel::kDebug;
  fresh.max_sessions = 3;
  fresh.limits.connections = 7;
  fresh.proxy_protocol_from = {*ParseIpNetwork("10.0.0.0/8")};
  EXPECT_THAT(NeedRestart(running, fresh), IsEmpty());
  fresh.redis.address = "other:6379";
  fresh.rtmp_port = 1936;
  fresh.ca_cert_file = "/ca";
  fresh.rtc.udp_port = {.first = 7000, .last = 7000};
  EXPECT_THAT(NeedRestart(running, fresh),
              ElementsAre("tls.ca_cert_file", "redis.address", "rtmp_port", "rtc_config.udp_port"));
  Adopt(running, fresh);
  EXPECT_EQ(running.log_level, LogLevel::kDebug);
  EXPECT_EQ(running.max_sessions, 3U);
  EXPECT_EQ(running.limits.connections, 7U);
  EXPECT_EQ(running.proxy_protocol_from, fresh.proxy_protocol_from);
  EXPECT_EQ(running.rtmp_port, 1935);
  EXPECT_EQ(running.redis.address, "");
  EXPECT_EQ(running.ca_cert_file, "");
}

}  // namespace
}  // namespace ingress::config
