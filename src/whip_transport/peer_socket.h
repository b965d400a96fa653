#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "ice_lite/agent.h"
#include "net/datagram_batch.h"
#include "stun/transport_address.h"

namespace ingress::whip_transport {

/// A socket whose other end has proved itself to the service.
struct Peer {
  UniqueFd socket{};  // connected; of UDP, or of TCP with the framing of RFC 4571
  bool tcp = false;
  /// It is what the service has read: of UDP one datagram, of TCP the stream from its first byte.
  Bytes received{};
};

/// One of the client's addresses: packets to it and from it, whatever carries them.
///
/// Confined to its executor. Callbacks never run inside a call; they may Close() the socket, whose
/// owner has to do so before it forgets it.
class PeerSocket {
 public:
  struct Callbacks {
    /// A packet, which may be changed in place; `arrival`: when the kernel took it.
    std::function<void(ice_lite::PairId pair, std::span<std::uint8_t> packet, TimePoint arrival)>
        on_packet;
    /// All that had arrived has been given.
    std::function<void()> on_batch;
    /// The other end has closed it, or broken the framing. Close() is left to do.
    std::function<void(ice_lite::PairId pair)> on_lost;
  };

  /// Reads from now on. `batch` is memory for datagrams.
  static std::shared_ptr<PeerSocket> Open(const boost::asio::any_io_executor& executor,
                                          ice_lite::PairId id, Peer peer,
                                          std::shared_ptr<net::DatagramBatch> batch,
                                          Callbacks callbacks);

  PeerSocket() = default;
  virtual ~PeerSocket() = default;
  PeerSocket(const PeerSocket&) = delete;
  PeerSocket& operator=(const PeerSocket&) = delete;

  /// Sends one packet. What the kernel does not take is lost, as on the way.
  virtual void Send(ByteView packet) = 0;

  /// No callback comes any more. Idempotent.
  virtual void Close() = 0;
};

/// The other end of a connected socket; all zeros when it has none any more.
stun::TransportAddress RemoteAddress(int socket);

}  // namespace ingress::whip_transport
