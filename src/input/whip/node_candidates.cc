#include "input/whip/node_candidates.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "net/local_addresses.h"

namespace ingress::input {
namespace {

using boost::asio::ip::address;

constexpr int kRanks = 5;
int RankOf(const address& one) {
  if (one.is_loopback()) return 4;
  return (one.is_v6() ? 2 : 0) + (net::IsPublic(one) ? 0 : 1);
}

/// RFC 8445 §5.1.2.1, of a host candidate of component 1.
std::uint32_t PriorityOf(std::size_t place) {
  constexpr std::uint32_t kHost = 126;
  constexpr std::uint32_t kTypeShift = 24;
  constexpr std::uint32_t kLocalShift = 8;
  constexpr std::uint32_t kMaxPreferred = 65535;
  constexpr std::uint32_t kComponentOne = 255;
  const std::uint32_t preference = kMaxPreferred - static_cast<std::uint32_t>(place);
  return kHost << kTypeShift | preference << kLocalShift | kComponentOne;
}

std::vector<address> ToldAddresses(const NodeAddresses& node) {
  if (!node.told.empty()) return node.told;
  std::vector<address> told;
  const auto add = [&told](const address& one) {
    if (std::ranges::find(told, one) == told.end()) told.push_back(one);
  };
  for (const address& one : node.local) {
    if (one.is_loopback() && !node.loopback_too) continue;
    const auto external = node.external.find(one);
    const bool mapped = external != node.external.end();
    if (mapped) add(external->second);
    if (mapped ? node.internal_too : !node.external_alone) add(one);
  }
  return told.empty() ? node.local : told;
}

}  // namespace

std::vector<sdp::Candidate> NodeCandidates(const NodeAddresses& node) {
  constexpr std::size_t kMax = 16;  // of a transport
  const std::vector<address> known = ToldAddresses(node);
  std::vector<address> addresses;
  for (int rank = 0; rank < kRanks; ++rank) {
    std::ranges::copy_if(known, std::back_inserter(addresses),
                         [rank](const address& one) { return RankOf(one) == rank; });
  }
  if (addresses.size() > kMax) addresses.resize(kMax);
  std::vector<sdp::Candidate> candidates;
  const auto add = [&](const address& one, std::uint16_t port, sdp::CandidateTransport transport) {
    const std::size_t place = candidates.size();
    sdp::Candidate candidate{.foundation = std::to_string(place + 1),
                             .transport = transport,
                             .priority = PriorityOf(place),
                             .address = one.to_string(),
                             .port = port};
    if (transport == sdp::CandidateTransport::kTcp) candidate.tcp_type = sdp::TcpType::kPassive;
    candidates.push_back(std::move(candidate));
  };
  if (node.udp_port != 0) {
    for (const address& one : addresses) add(one, node.udp_port, sdp::CandidateTransport::kUdp);
  }
  if (node.tcp_port == 0) return candidates;
  for (const address& one : addresses) add(one, node.tcp_port, sdp::CandidateTransport::kTcp);
  return candidates;
}

}  // namespace ingress::input
