#include "input/whip/address_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ingress::input {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Selected(const config::Rtc& rtc) {
  using boost::asio::ip::make_address;
  const std::vector<net::LocalAddress> local = {
      {.interface = "lo", .address = make_address("127.0.0.1")},
      {.interface = "eth0", .address = make_address("10.0.0.2")},
      {.interface = "eth0", .address = make_address("2001:db8::2")},
      {.interface = "docker0", .address = make_address("172.17.0.1")}};
  std::vector<std::string> texts;
  for (const auto& address : SelectAddresses(local, rtc)) texts.push_back(address.to_string());
  return texts;
}

TEST(AddressSelectionTest, TakesAllWithoutLists) {
  EXPECT_THAT(Selected({}), ElementsAre("127.0.0.1", "10.0.0.2", "2001:db8::2", "172.17.0.1"));
}

TEST(AddressSelectionTest, GoesByTheNameOfTheInterface) {
  EXPECT_THAT(Selected({.interfaces = {.includes = {"eth0"}}}),
              ElementsAre("10.0.0.2", "2001:db8::2"));
  EXPECT_THAT(Selected({.interfaces = {.excludes = {"docker0", "lo"}}}),
              ElementsAre("10.0.0.2", "2001:db8::2"));
  EXPECT_THAT(Selected({.interfaces = {.includes = {"eth1"}}}), IsEmpty());
}

TEST(AddressSelectionTest, GoesByNetworks) {
  const IpNetwork private_ones = *ParseIpNetwork("10.0.0.0/8");
  EXPECT_THAT(Selected({.ips = {.includes = {private_ones}}}), ElementsAre("10.0.0.2"));
  EXPECT_THAT(Selected({.interfaces = {.includes = {"eth0"}}, .ips = {.excludes = {private_ones}}}),
              ElementsAre("2001:db8::2"));
}

}  // namespace
}  // namespace ingress::input
