#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "whip_transport/peer_socket.h"

namespace ingress::whip_transport {

/// A connected UDP socket: the kernel gives it what its one peer sends, and nothing else.
class UdpPeerSocket final : public PeerSocket, public std::enable_shared_from_this<UdpPeerSocket> {
 public:
  UdpPeerSocket(const boost::asio::any_io_executor& executor, ice_lite::PairId id, UniqueFd socket,
                std::shared_ptr<net::DatagramBatch> batch, Callbacks callbacks);

  /// Gives `first` out, then what comes. Once.
  void Start(Bytes first);
  void Send(ByteView packet) override;
  void Close() override;

 private:
  void Wait();
  void ReadAll();

  boost::asio::posix::stream_descriptor socket_;
  ice_lite::PairId id_;
  std::shared_ptr<net::DatagramBatch> batch_;
  Callbacks callbacks_;
  bool closed_ = false;
};

}  // namespace ingress::whip_transport
