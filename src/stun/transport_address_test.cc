#include "stun/transport_address.h"

#include <gtest/gtest.h>

namespace ingress::stun {
namespace {

TEST(TransportAddressTest, ReadsAsPeopleWriteIt) {
  EXPECT_EQ(ToString({.ip = ParseIpAddress("192.0.2.7").value(), .port = 4711}), "192.0.2.7:4711");
  EXPECT_EQ(ToString({.ip = ParseIpAddress("2001:db8::1").value(), .port = 1}), "[2001:db8::1]:1");
}

}  // namespace
}  // namespace ingress::stun
