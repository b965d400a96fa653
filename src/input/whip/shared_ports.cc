#include "input/whip/shared_ports.h"

#include <boost/asio/ip/address.hpp>
#include <utility>

#include "input/whip/node_candidates.h"
#include "net/listen.h"
#include "net/local_addresses.h"
#include "net/no_port.h"

namespace ingress::input {

namespace asio = boost::asio;
using asio::ip::address;

SharedPorts::SharedPorts(Node& node)
    : node_(node),
      udp_(node.executor, registry_,
           {.on_peer = [this](MuxPeer peer) { HandOver(std::move(peer)); },
            .on_failure =
                [this](const Error& error) {
                  if (!node_.limits.AllowLine(Clock::now())) return;
                  node_.logger.Warn("a WHIP client gets no socket", {{"error", error}});
                }}),
      tcp_(node.executor, registry_, [this](MuxPeer peer) { HandOver(std::move(peer)); }) {}

Result<void> SharedPorts::Listen() {
  const config::Whip& whip = node_.config.whip;
  const auto local = net::LocalAddresses();
  if (!local) return std::unexpected(local.error());
  if (auto listening = ListenUdp(*local); !listening) return listening;
  if (auto listening = ListenTcp(); !listening) return listening;
  NodeAddresses addresses{
      .told = {}, .local = *local, .udp_port = whip.udp_port, .tcp_port = whip.tcp_port};
  for (const std::string& told : whip.node_ips)
    addresses.told.push_back(asio::ip::make_address(told));
  candidates_ = NodeCandidates(addresses);
  return {};
}

/// One socket for each address: answers leave by the one that was asked.
Result<void> SharedPorts::ListenUdp(const std::vector<address>& addresses) {
  const std::uint16_t port = node_.config.whip.udp_port;
  for (const address& one : addresses) {
    auto listening = udp_.Listen({one, port});
    if (listening) continue;
    // An address that has just come, or is about to go, costs nobody the others.
    if (one.is_v6() && listening.error().code != ErrorCode::kUnavailable) {
      node_.logger.Warn("no media by this address",
                        {{"address", one.to_string()}, {"error", listening.error()}});
      continue;
    }
    return Fail(listening.error().code,
                "rtc_config.udp_port " + std::to_string(port) + " at " + one.to_string() + ": " +
                    listening.error().context +
                    "; choose another port, or end the program that has this one (ss -lunp shows "
                    "it)");
  }
  return {};
}

Result<void> SharedPorts::ListenTcp() {
  const std::uint16_t port = node_.config.whip.tcp_port;
  if (port == 0) return {};
  auto acceptor = net::ListenOnAll(node_.executor, port);
  if (!acceptor) {
    return std::unexpected(net::NoPort("rtc_config.tcp_port", port, acceptor.error()));
  }
  tcp_.Add(std::move(*acceptor));
  return {};
}

void SharedPorts::Start() {
  udp_.Start();
  tcp_.Start();
}

asio::awaitable<void> SharedPorts::Stop() {
  co_await udp_.Stop();
  co_await tcp_.Stop();
}

Result<void> SharedPorts::Admit(const sdp::IceCredentials& local, std::string remote_ufrag,
                                OnPeer on_peer) {
  const SessionId id = last_id_ + 1;
  if (auto added = registry_.Add(id, local, std::move(remote_ufrag)); !added) return added;
  last_id_ = id;
  ids_.emplace(local.ufrag, id);
  on_peer_.emplace(id, std::move(on_peer));
  return {};
}

void SharedPorts::Dismiss(std::string_view local_ufrag) {
  const auto found = ids_.find(local_ufrag);
  if (found == ids_.end()) return;
  registry_.Remove(local_ufrag);
  on_peer_.erase(found->second);
  ids_.erase(found);
}

void SharedPorts::HandOver(MuxPeer peer) {
  const auto found = on_peer_.find(peer.session);
  if (found == on_peer_.end()) return;
  const OnPeer on_peer = found->second;  // which may dismiss itself
  on_peer({.socket = std::move(peer.socket),
           .tcp = peer.tcp,
           .received = std::move(peer.received),
           .address = std::move(peer.address)});
}

}  // namespace ingress::input
