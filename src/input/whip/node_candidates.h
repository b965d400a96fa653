#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <vector>

#include "input/whip/external_addresses.h"
#include "sdp/candidate.h"

namespace ingress::input {

/// Says how clients reach the node.
struct NodeAddresses {
  std::vector<boost::asio::ip::address> told{};   // what the operator says; empty: …
  std::vector<boost::asio::ip::address> local{};  // … those of the machine
  ExternalAddresses external{};                   // stand for those of these that they are of
  bool external_alone = false;                    // … which are all that is told
  bool internal_too = false;                      // … with those that they stand for
  bool loopback_too = false;                      // else where there is nothing else
  std::uint16_t udp_port = 0;                     // 0: none
  std::uint16_t tcp_port = 0;                     // likewise
};

/// The candidates of every answer, the best first (RFC 8445 §5.1.2): some clients take the first
/// one and no other. All are of type host, since some know no other type: UDP before TCP, IPv4
/// before IPv6, public addresses before private ones, loopback last.
std::vector<sdp::Candidate> NodeCandidates(const NodeAddresses& node);

}  // namespace ingress::input
