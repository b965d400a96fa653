#include "net/peer_name.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

TEST(PeerNameTest, ShowsMappedIpv4AsIpv4) {
  EXPECT_EQ(NameOf(tcp::endpoint(make_address("::ffff:192.0.2.7"), 1935)), "192.0.2.7:1935");
}

TEST(PeerNameTest, PutsIpv6InBrackets) {
  EXPECT_EQ(NameOf(tcp::endpoint(make_address("2001:db8::1"), 80)), "[2001:db8::1]:80");
}

TEST(PeerNameTest, GivesOneAddressForBothFormsOfIpv4) {
  const IpAddress address = ParseIpAddress("192.0.2.7").value();
  EXPECT_EQ(AddressOf(tcp::endpoint(make_address("192.0.2.7"), 80)), address);
  EXPECT_EQ(AddressOf(tcp::endpoint(make_address("::ffff:192.0.2.7"), 80)), address);
  EXPECT_EQ(AddressOf(tcp::endpoint(make_address("2001:db8::1"), 80)),
            ParseIpAddress("2001:db8::1").value());
}

}  // namespace
}  // namespace ingress::net
