#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ice_lite/registry.h"
#include "input/input.h"
#include "input/whip/external_addresses.h"
#include "input/whip/ice_ports.h"
#include "input/whip/mux/tcp_mux.h"
#include "input/whip/mux/udp_mux.h"
#include "input/whip/node_candidates.h"
#include "net/event.h"
#include "net/task_scope.h"

namespace ingress::input {

/// The ports by which media of all WHIP sessions of a node comes: one of UDP, and one of TCP where
/// it is configured, at the addresses of the machine that are selected.
///
/// Confined to the node's executor. Prepare(), Listen(), Start(), each once and in this order;
/// await Stop() before it goes.
class SharedPorts final : public IcePorts {
 public:
  /// `node` outlives it.
  explicit SharedPorts(Node& node);

  /// Finds out the addresses that clients are told. STUN servers that take long are waited for
  /// until Stop(), beside all else.
  boost::asio::awaitable<void> Prepare();
  /// Errors name the key of the configuration and what to do.
  Result<void> Listen();
  void Start();
  boost::asio::awaitable<void> Stop();

  /// Of the configured ones, the one that is used.
  std::uint16_t udp_port() const { return udp_port_; }
  std::vector<sdp::Candidate> candidates() const override { return candidates_; }
  Result<void> Admit(const sdp::IceCredentials& local, std::string remote_ufrag,
                     OnPeer on_peer) override;
  void Dismiss(std::string_view local_ufrag) override;

 private:
  using SessionId = ice_lite::Registry::SessionId;

  Result<void> ListenUdp();
  Result<void> ListenUdpAt(std::uint16_t port);
  Result<void> ListenTcp();
  boost::asio::awaitable<void> LookUpExternal();
  void TellAddresses();
  void HandOver(MuxPeer peer);

  Node& node_;
  ice_lite::Registry registry_;
  std::map<SessionId, OnPeer> on_peer_;
  std::map<std::string, SessionId, std::less<>> ids_;  // by our ufrag
  SessionId last_id_ = 0;
  UdpMux udp_;
  TcpMux tcp_;
  std::vector<boost::asio::ip::address> local_;  // selected
  ExternalAddresses external_;
  std::uint16_t udp_port_ = 0;  // 0: none
  net::TaskScope tasks_;
  net::Event looked_up_;
  net::Event stop_;
  bool stopping_ = false;
  std::vector<sdp::Candidate> candidates_;
};

}  // namespace ingress::input
