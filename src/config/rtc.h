#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ip_network.h"

namespace ingress::config {

struct PortRange {
  std::uint16_t first = 0;  // 0: none
  std::uint16_t last = 0;

  bool operator==(const PortRange&) const = default;
};

/// A TURN server that WHIP clients are told of.
struct TurnServer {
  enum class Protocol : std::uint8_t { kUdp, kTcp, kTls };

  std::string host{};
  std::uint16_t port = 0;
  Protocol protocol = Protocol::kUdp;
  // Either what every client gets …
  std::string username{};
  std::string credential{};
  // … or what each one's own is made of: TURN REST, as coturn's static-auth-secret.
  std::string secret{};
  std::chrono::milliseconds ttl{0};  // of those

  bool usable() const { return !secret.empty() || (!username.empty() && !credential.empty()); }
  bool operator==(const TurnServer&) const = default;
};

/// What is taken of a list: what `includes` names, all where it is empty, but for `excludes`.
template <typename T>
struct Selection {
  std::vector<T> includes{};
  std::vector<T> excludes{};

  bool operator==(const Selection&) const = default;
};
using Names = Selection<std::string>;
using Networks = Selection<IpNetwork>;

/// How the media of WHIP clients comes.
struct Rtc {
  PortRange udp_port{.first = 7885, .last = 7885};
  std::uint16_t port_range_start = 0;  // with the end, in the place of udp_port
  std::uint16_t port_range_end = 0;
  std::uint16_t tcp_port = 0;  // 0: off
  bool force_tcp = false;      // no UDP
  // What clients are told in the place of the ports above; 0: those.
  std::uint16_t external_udp_port = 0;
  std::uint16_t external_tcp_port = 0;
  std::vector<std::string> node_ips{};  // clients are told these alone; empty: the machine's
  bool use_external_ip = false;         // those of the machine as STUN servers see them
  bool external_ip_only = false;        // … and no others
  bool advertise_internal_ip = false;   // … and the inner ones as well
  bool enable_loopback_candidate = false;
  std::vector<std::string> stun_servers{};  // "host:port"
  std::vector<TurnServer> turn_servers{};
  Names interfaces{};  // of the machine, by name
  Networks ips{};

  /// Whether some of the machine's addresses may be left out.
  bool selects_addresses() const { return interfaces != Names{} || ips != Networks{}; }

  /// Of which one is for all sessions; none: UDP is off.
  PortRange udp_ports() const {
    if (force_tcp) return {};
    if (port_range_start != 0 && port_range_end != 0) return {port_range_start, port_range_end};
    return udp_port;
  }
  bool operator==(const Rtc&) const = default;
};

}  // namespace ingress::config
