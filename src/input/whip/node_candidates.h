#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <vector>

#include "sdp/candidate.h"

namespace ingress::input {

/// Says how clients reach the node.
struct NodeAddresses {
  std::vector<boost::asio::ip::address> told;   // what the operator says; empty: …
  std::vector<boost::asio::ip::address> local;  // … those of the machine
  std::uint16_t udp_port = 0;
  std::uint16_t tcp_port = 0;  // 0: none
};

/// The candidates of every answer, the best first (RFC 8445 §5.1.2): some clients take the first
/// one and no other. All are of type host, since some know no other type: UDP before TCP, IPv4
/// before IPv6, public addresses before private ones. Loopback only where there is nothing else.
std::vector<sdp::Candidate> NodeCandidates(const NodeAddresses& node);

}  // namespace ingress::input
