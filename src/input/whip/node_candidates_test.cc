#include "input/whip/node_candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ingress::input {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;
using ::testing::ElementsAre;

std::vector<address> Addresses(const std::vector<std::string>& texts) {
  std::vector<address> made;
  for (const std::string& text : texts) made.push_back(make_address(text));
  return made;
}

std::vector<std::string> Lines(const NodeAddresses& node) {
  std::vector<std::string> lines;
  for (const auto& candidate : NodeCandidates(node)) lines.push_back(FormatCandidate(candidate));
  return lines;
}

TEST(NodeCandidatesTest, PutsFirstWhatMostClientsReach) {
  EXPECT_THAT(
      Lines({.told = {},
             .local = Addresses({"127.0.0.1", "::1", "2001:db8::1", "10.0.0.2", "203.0.113.10"}),
             .udp_port = 7885}),
      ElementsAre("candidate:1 1 UDP 2130706431 203.0.113.10 7885 typ host",
                  "candidate:2 1 UDP 2130706175 10.0.0.2 7885 typ host",
                  "candidate:3 1 UDP 2130705919 2001:db8::1 7885 typ host"));
}

TEST(NodeCandidatesTest, TellsWhatTheOperatorSays) {
  EXPECT_THAT(
      Lines({.told = Addresses({"203.0.113.10"}),
             .local = Addresses({"10.0.0.2"}),
             .udp_port = 7000,
             .tcp_port = 7001}),
      ElementsAre("candidate:1 1 UDP 2130706431 203.0.113.10 7000 typ host",
                  "candidate:2 1 TCP 2130706175 203.0.113.10 7001 typ host tcptype passive"));
}

TEST(NodeCandidatesTest, PutsExternalAddressesInThePlaceOfThoseThatTheyStandFor) {
  NodeAddresses node{.told = {},
                     .local = Addresses({"127.0.0.1", "10.0.0.2", "172.17.0.1", "2001:db8::1"}),
                     .external = {{make_address("10.0.0.2"), make_address("203.0.113.10")},
                                  {make_address("172.17.0.1"), make_address("203.0.113.10")}},
                     .udp_port = 7885};
  const std::string external = "candidate:1 1 UDP 2130706431 203.0.113.10 7885 typ host";
  EXPECT_THAT(Lines(node),
              ElementsAre(external, "candidate:2 1 UDP 2130706175 2001:db8::1 7885 typ host"));
  node.external_alone = true;
  EXPECT_THAT(Lines(node), ElementsAre(external));
  node.internal_too = true;
  EXPECT_THAT(Lines(node),
              ElementsAre(external, "candidate:2 1 UDP 2130706175 10.0.0.2 7885 typ host",
                          "candidate:3 1 UDP 2130705919 172.17.0.1 7885 typ host"));
}

TEST(NodeCandidatesTest, TellsLoopbackLastWhereItIsAskedFor) {
  EXPECT_THAT(Lines({.told = {},
                     .local = Addresses({"127.0.0.1", "10.0.0.2"}),
                     .loopback_too = true,
                     .udp_port = 7885}),
              ElementsAre("candidate:1 1 UDP 2130706431 10.0.0.2 7885 typ host",
                          "candidate:2 1 UDP 2130706175 127.0.0.1 7885 typ host"));
}

TEST(NodeCandidatesTest, TellsTcpAloneWithoutUdp) {
  EXPECT_THAT(Lines({.told = {}, .local = Addresses({"10.0.0.2"}), .tcp_port = 7001}),
              ElementsAre("candidate:1 1 TCP 2130706431 10.0.0.2 7001 typ host tcptype passive"));
}

TEST(NodeCandidatesTest, TellsLoopbackWhereThereIsNothingElse) {
  EXPECT_THAT(Lines({.told = {}, .local = Addresses({"127.0.0.1"}), .udp_port = 7885}),
              ElementsAre("candidate:1 1 UDP 2130706431 127.0.0.1 7885 typ host"));
}

}  // namespace
}  // namespace ingress::input
