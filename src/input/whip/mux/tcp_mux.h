#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ice_lite/registry.h"
#include "input/whip/mux/handover_throttle.h"
#include "input/whip/mux/mux_peer.h"
#include "net/acceptor.h"
#include "net/task_scope.h"

namespace ingress::input {

/// The TCP ports for clients whose network lets no UDP through (RFC 6544, passive candidates). A
/// connection whose first packet `registry` knows as a session's is given to the owner; the others
/// are closed without a word.
///
/// Confined to its executor; Start() once, await Stop() before it is destroyed.
class TcpMux {
 public:
  static constexpr auto kFirstPacketWithin = std::chrono::seconds(5);
  /// Connections that have not proved themselves; the oldest goes for one more.
  static constexpr std::size_t kMaxStrangers = 256;

  using OnPeer = std::function<void(MuxPeer peer)>;

  /// `registry` outlives it.
  TcpMux(const boost::asio::any_io_executor& executor, ice_lite::Registry& registry,
         OnPeer on_peer);

  /// Takes a port that is listened on, as net::ListenOn() gives it; before Start().
  void Add(boost::asio::ip::tcp::acceptor acceptor);
  /// Returns them in the order of Add().
  std::vector<boost::asio::ip::tcp::endpoint> addresses() const;

  void Start();
  boost::asio::awaitable<void> Stop();

  std::size_t strangers() const { return strangers_.size(); }
  /// Connections that were handed over.
  std::uint64_t peers() const { return peers_; }
  /// Connections that were closed: they said nothing in time, or nothing that belongs to a session.
  std::uint64_t refused() const { return refused_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void MakeRoom();
  boost::asio::awaitable<void> Serve(Socket accepted);
  boost::asio::awaitable<Result<Bytes>> ReadFirstPacket(Socket& socket, Bytes& received);
  bool HandOver(Socket& socket, ByteView packet, Bytes received);

  boost::asio::any_io_executor executor_;
  ice_lite::Registry& registry_;
  OnPeer on_peer_;
  std::list<net::Acceptor> ports_;
  std::list<Socket> strangers_;  // oldest first
  HandoverThrottle throttle_;
  std::uint64_t peers_ = 0;
  std::uint64_t refused_ = 0;
  net::TaskScope tasks_;
};

}  // namespace ingress::input
