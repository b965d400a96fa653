#include "input/whip/shared_ports.h"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <utility>

#include "input/whip/address_selection.h"
#include "net/listen.h"
#include "net/local_addresses.h"
#include "net/no_port.h"

namespace ingress::input {

namespace asio = boost::asio;
using asio::ip::address;

namespace {

/// Where the operator names none; used for the node's own addresses alone.
constexpr std::array<std::string_view, 3> kPublicStunServers = {
    "global.stun.twilio.com:3478", "stun.l.google.com:19302", "stun1.l.google.com:19302"};

constexpr std::chrono::seconds kLookUpWithin{3};  // a start waits no longer
constexpr std::chrono::seconds kLookUpAgain{30};

}  // namespace

SharedPorts::SharedPorts(Node& node)
    : node_(node),
      udp_(node.executor, registry_,
           {.on_peer = [this](MuxPeer peer) { HandOver(std::move(peer)); },
            .on_failure =
                [this](const Error& error) {
                  if (!node_.limits.AllowLine(Clock::now())) return;
                  node_.logger.Warn("a WHIP client gets no socket", {{"error", error}});
                }}),
      tcp_(node.executor, registry_, [this](MuxPeer peer) { HandOver(std::move(peer)); }),
      tasks_(node.executor) {}

asio::awaitable<void> SharedPorts::Prepare() {
  const auto all = net::LocalAddresses();
  if (!all) {
    node_.logger.Warn("the machine's addresses are not known", {{"error", all.error()}});
    co_return;
  }
  local_ = SelectAddresses(*all, node_.config.rtc);
  if (!node_.config.rtc.use_external_ip) co_return;
  tasks_.Spawn(LookUpExternal());
  co_await looked_up_.WaitFor(kLookUpWithin);
}

/// Asks STUN servers until one answers. Clients are told the machine's own addresses until then, or
/// what the operator says.
asio::awaitable<void> SharedPorts::LookUpExternal() {
  std::vector<std::string> servers = node_.config.rtc.stun_servers;
  if (servers.empty()) servers.assign(kPublicStunServers.begin(), kPublicStunServers.end());
  bool told = false;
  while (!stopping_) {
    external_ = co_await LookUpExternalAddresses(node_.executor, local_, servers);
    looked_up_.Notify();
    if (!external_.empty()) break;
    if (!std::exchange(told, true)) {
      node_.logger.Warn(
          "no STUN server has answered (rtc_config.use_external_ip)",
          {{"remedy",
            "let UDP to rtc_config.stun_servers through, or name the address that clients reach in "
            "rtc_config.node_ip and take use_external_ip out"}});
    }
    if (!stopping_) co_await stop_.WaitFor(kLookUpAgain);
  }
  for (const auto& [inner, outer] : external_) {
    node_.logger.Info("STUN servers see an address of this machine",
                      {{"address", inner.to_string()}, {"as", outer.to_string()}});
  }
  TellAddresses();
}

Result<void> SharedPorts::Listen() {
  if (local_.empty()) {
    return Fail(ErrorCode::kUnavailable,
                "no address of this machine is left for media; look at rtc_config.interfaces and "
                "rtc_config.ips");
  }
  if (auto listening = ListenUdp(); !listening) return listening;
  if (auto listening = ListenTcp(); !listening) return listening;
  TellAddresses();
  return {};
}

/// Makes the candidates of what is known by now.
void SharedPorts::TellAddresses() {
  const config::Rtc& rtc = node_.config.rtc;
  const bool other_udp = udp_port_ != 0 && rtc.external_udp_port != 0;
  const bool other_tcp = rtc.tcp_port != 0 && rtc.external_tcp_port != 0;
  NodeAddresses addresses{.told = {},
                          .local = local_,
                          .external = external_,
                          .external_alone = rtc.external_ip_only && !external_.empty(),
                          .internal_too = rtc.advertise_internal_ip,
                          .loopback_too = rtc.enable_loopback_candidate,
                          .udp_port = other_udp ? rtc.external_udp_port : udp_port_,
                          .tcp_port = other_tcp ? rtc.external_tcp_port : rtc.tcp_port};
  if (external_.empty()) {
    for (const std::string& told : rtc.node_ips) {
      addresses.told.push_back(asio::ip::make_address(told));
    }
  }
  candidates_ = NodeCandidates(addresses);
}

/// One port for all, the first that is free.
Result<void> SharedPorts::ListenUdp() {
  const config::PortRange ports = node_.config.rtc.udp_ports();
  if (ports.first == 0) return {};
  for (int port = ports.first; port <= ports.last; ++port) {
    auto listening = ListenUdpAt(static_cast<std::uint16_t>(port));
    if (!listening && port < ports.last) {
      udp_.CloseAll();
      continue;
    }
    if (listening) udp_port_ = static_cast<std::uint16_t>(port);
    return listening;
  }
  return {};
}

/// One socket for each address: answers leave by the one that was asked.
Result<void> SharedPorts::ListenUdpAt(std::uint16_t port) {
  for (const address& one : local_) {
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

/// All addresses by one socket, unless the operator has left some out.
Result<void> SharedPorts::ListenTcp() {
  const config::Rtc& rtc = node_.config.rtc;
  if (rtc.tcp_port == 0) return {};
  const auto add = [&](Result<asio::ip::tcp::acceptor> acceptor) -> Result<void> {
    if (!acceptor) {
      return std::unexpected(net::NoPort("rtc_config.tcp_port", rtc.tcp_port, acceptor.error()));
    }
    tcp_.Add(std::move(*acceptor));
    return {};
  };
  if (!rtc.selects_addresses()) return add(net::ListenOnAll(node_.executor, rtc.tcp_port));
  for (const address& one : local_) {
    auto added = add(net::ListenOn(node_.executor, one.to_string(), rtc.tcp_port));
    if (!added && one.is_v4()) return added;
    // An address that has just come, or is about to go, costs nobody the others.
    if (!added) {
      node_.logger.Warn("no media over TCP by this address",
                        {{"address", one.to_string()}, {"error", added.error()}});
    }
  }
  return {};
}

void SharedPorts::Start() {
  udp_.Start();
  tcp_.Start();
}

asio::awaitable<void> SharedPorts::Stop() {
  stopping_ = true;
  stop_.Notify();
  co_await udp_.Stop();
  co_await tcp_.Stop();
  co_await tasks_.Join();
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
