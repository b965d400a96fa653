#include "net/address_group.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

std::string GroupOf(const char* address) {
  return AddressGroup(boost::asio::ip::make_address(address));
}

TEST(AddressGroupTest, IsTheAddressItselfForIpv4) {
  EXPECT_EQ(GroupOf("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(GroupOf("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(AddressGroupTest, IsTheNetworkForIpv6) {
  EXPECT_EQ(GroupOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(GroupOf("2001:db8:1:2::"), GroupOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(GroupOf("2001:db8:1:2::1"), GroupOf("2001:db8:1:3::1"));
  EXPECT_EQ(GroupOf("fe80::1%1"), GroupOf("fe80::1%2"));
}

}  // namespace
}  // namespace ingress::net
