#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ice_lite/registry.h"
#include "input/whip/mux/handover_throttle.h"
#include "input/whip/mux/mux_peer.h"
#include "input/whip/mux/udp_port.h"
#include "net/datagram_batch.h"
#include "net/task_scope.h"

namespace ingress::input {

/// The UDP ports on which the clients of all sessions are met. A datagram that `registry` knows as
/// a session's gets its sender a socket of its own, which the owner hands to the session's handler:
/// the node's own process never touches media. Everybody else gets no answer.
/// A stranger's datagram costs some 3 µs (test_whip_ports.py, 20 000 per second).
///
/// Confined to its executor; Start() once, await Stop() before it is destroyed.
class UdpMux {
 public:
  struct Callbacks {
    std::function<void(MuxPeer peer)> on_peer;
    /// A client got no socket: the system has none to give.
    std::function<void(Error error)> on_failure;
  };

  /// `registry` outlives it.
  UdpMux(const boost::asio::any_io_executor& executor, ice_lite::Registry& registry,
         Callbacks callbacks);

  /// Opens a port; before Start(). Errors: those of UdpPort::Open(),
  /// kInternal.
  Result<void> Listen(const boost::asio::ip::udp::endpoint& local);
  /// Closes what Listen() has opened; before Start().
  void CloseAll() { ports_.clear(); }
  /// Returns them in the order of Listen(), with the ports that were given for port 0.
  std::vector<boost::asio::ip::udp::endpoint> addresses() const;

  void Start();
  boost::asio::awaitable<void> Stop();

  /// Sockets that were handed over.
  std::uint64_t peers() const { return peers_; }
  /// Authentic requests that got none: HandoverThrottle.
  std::uint64_t throttled() const { return throttled_; }

 private:
  struct Port {
    Port(const boost::asio::any_io_executor& executor, UdpPort opened)
        : port(std::move(opened)), readable(executor) {}

    UdpPort port;
    boost::asio::posix::stream_descriptor readable;  // the port's socket, which it does not own
  };

  boost::asio::awaitable<void> Serve(Port& port);
  void ReadSome(const UdpPort& port);
  void OnDatagram(const UdpPort& port, ByteView datagram,
                  const boost::asio::ip::udp::endpoint& remote);

  boost::asio::any_io_executor executor_;
  ice_lite::Registry& registry_;
  Callbacks callbacks_;
  std::list<Port> ports_;
  std::unique_ptr<net::DatagramBatch> batch_ = std::make_unique<net::DatagramBatch>();
  HandoverThrottle throttle_;
  std::uint64_t peers_ = 0;
  std::uint64_t throttled_ = 0;
  net::TaskScope tasks_;
  bool stopping_ = false;
};

}  // namespace ingress::input
