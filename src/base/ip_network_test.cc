#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

bool Contains(std::string_view network, std::string_view address) {
  return ParseIpNetwork(network).value().Contains(ParseIpAddress(address).value());
}

TEST(IpNetworkTest, HoldsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(Contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(Contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(Contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(Contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(Contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IpNetworkTest, AnAddressStandsForItself) {
  EXPECT_TRUE(Contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(Contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(Contains("::1", "::1"));
  EXPECT_FALSE(Contains("::1", "127.0.0.1"));
}

TEST(IpNetworkTest, FamiliesAreKeptApartButForMappedAddresses) {
  EXPECT_TRUE(Contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(Contains("::/0", "10.0.0.1")) << "all addresses of both";
  EXPECT_TRUE(IsIpv4(ParseIpAddress("::ffff:10.1.2.3").value()));
  EXPECT_FALSE(IsIpv4(ParseIpAddress("::10.1.2.3").value()));
}

TEST(IpNetworkTest, TakesNothingElse) {
  for (const std::string_view text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "10.0/8",
        "10.0.0.0/8/8", "fe80::1%eth0", "[::1]", "::/129", "example.com", "10.0.0.0 /8",
        "::ffff:255.255.255.255:0000000000000000000000000"}) {
    EXPECT_FALSE(ParseIpNetwork(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ingress
