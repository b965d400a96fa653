#include "net/loopback_host.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

TEST(LoopbackHost, KnowsTheNamesOfTheLoopbackInterface) {
  for (const char* host : {"localhost", "localhost:9292", "LocalHost:1", "127.0.0.1",
                           "127.0.0.1:9292", "127.1.2.3:80", "[::1]", "[::1]:9292"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
}

TEST(LoopbackHost, TakesNoOtherName) {
  for (const char* host :
       {"", ":80", "evil.example", "evil.example:9292", "localhost.evil.example",
        "evil.localhost:x", "localhost:", "localhost:80:80", "localhost:80@evil.example",
        "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "::1", "[::1]evil", "[::1", "[::2]:80",
        "[127.0.0.1]", "[::ffff:127.0.0.1]:80", " localhost"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
  EXPECT_FALSE(IsLoopbackHost(std::string(1000, '1')));
}

}  // namespace
}  // namespace ingress::net
