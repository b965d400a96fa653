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
#include "input/whip/ice_ports.h"
#include "input/whip/mux/tcp_mux.h"
#include "input/whip/mux/udp_mux.h"

namespace ingress::input {

/// The ports by which media of all WHIP sessions of a node comes: one of UDP, and one of TCP where
/// it is configured, at all addresses of the machine.
///
/// Confined to the node's executor. Listen(), Start(), each once; await Stop() before it goes.
class SharedPorts final : public IcePorts {
 public:
  /// `node` outlives it.
  explicit SharedPorts(Node& node);

  /// Errors name the key of the configuration and what to do.
  Result<void> Listen();
  void Start();
  boost::asio::awaitable<void> Stop();

  std::vector<sdp::Candidate> candidates() const override { return candidates_; }
  Result<void> Admit(const sdp::IceCredentials& local, std::string remote_ufrag,
                     OnPeer on_peer) override;
  void Dismiss(std::string_view local_ufrag) override;

 private:
  using SessionId = ice_lite::Registry::SessionId;

  Result<void> ListenUdp(const std::vector<boost::asio::ip::address>& addresses);
  Result<void> ListenTcp();
  void HandOver(MuxPeer peer);

  Node& node_;
  ice_lite::Registry registry_;
  std::map<SessionId, OnPeer> on_peer_;
  std::map<std::string, SessionId, std::less<>> ids_;  // by our ufrag
  SessionId last_id_ = 0;
  UdpMux udp_;
  TcpMux tcp_;
  std::vector<sdp::Candidate> candidates_;
};

}  // namespace ingress::input
