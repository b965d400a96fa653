#include "base/host_port.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

TEST(SplitHostPortTest, TakesNamesAddressesAndPortsApart) {
  struct {
    const char* text;
    const char* host;
    const char* port;
  } const cases[] = {{"redis.example", "redis.example", ""},
                     {"redis_1.example:6379", "redis_1.example", "6379"},
                     {"10.0.0.1:65535", "10.0.0.1", "65535"},
                     {"[::1]", "::1", ""},
                     {"[fd00::1]:80", "fd00::1", "80"}};
  for (const auto& expected : cases) {
    const auto split = SplitHostPort(expected.text);
    ASSERT_TRUE(split.has_value()) << expected.text;
    EXPECT_EQ(split->host, expected.host);
    EXPECT_EQ(split->port, expected.port);
  }
}

TEST(SplitHostPortTest, TakesNothingElse) {
  for (const char* text :
       {"", ":80", "host:", "host:0", "host:65536", "host:80:80", "host:http", "host:+80", "::1",
        "::1:80", "[::1", "[::1]80", "[]:80", "[host]:80", "user@host:80", "host/path", "a b"}) {
    EXPECT_FALSE(SplitHostPort(text).has_value()) << text;
  }
}

TEST(JoinHostPortTest, PutsIpv6InBrackets) {
  EXPECT_EQ(JoinHostPort("redis.example", "6379"), "redis.example:6379");
  EXPECT_EQ(JoinHostPort("redis.example", ""), "redis.example");
  EXPECT_EQ(JoinHostPort("::1", ""), "[::1]");
  EXPECT_EQ(JoinHostPort("::1", std::uint16_t{80}), "[::1]:80");
}

}  // namespace
}  // namespace ingress
