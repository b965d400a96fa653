#include "net/local_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::net {
namespace {

namespace ip = boost::asio::ip;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;

TEST(LocalAddressesTest, AreThereAndCanBeUsed) {
  const auto addresses = LocalAddresses();
  ASSERT_TRUE(addresses.has_value()) << addresses.error().context;
  EXPECT_THAT(*addresses,
              Contains(AllOf(Field(&LocalAddress::interface, "lo"),
                             Field(&LocalAddress::address, ip::make_address("127.0.0.1")))));
  for (const auto& [interface, address] : *addresses) {
    EXPECT_FALSE(address.is_v6() && address.to_v6().is_link_local()) << address;
    EXPECT_FALSE(address.is_unspecified()) << address;
  }
}

TEST(LocalAddressesTest, PublicOnesAreToldFromPrivateOnes) {
  for (const char* text : {"203.0.113.10", "8.8.8.8", "172.32.0.1", "2001:db8::1"}) {
    EXPECT_TRUE(IsPublic(ip::make_address(text))) << text;
  }
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1",
                           "169.254.1.1", "::1", "fd00::1", "fe80::1"}) {
    EXPECT_FALSE(IsPublic(ip::make_address(text))) << text;
  }
}

}  // namespace
}  // namespace ingress::net
