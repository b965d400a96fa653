#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "ice_lite/tcp_framing.h"
#include "whip_transport/peer_socket.h"

namespace ingress::whip_transport {

/// A TCP connection of the client's, with packets in frames (RFC 6544).
class TcpPeerSocket final : public PeerSocket, public std::enable_shared_from_this<TcpPeerSocket> {
 public:
  /// Bytes that may wait for the client to take them; packets beyond are lost.
  static constexpr std::size_t kMaxWaiting = std::size_t{64} << 10;

  TcpPeerSocket(const boost::asio::any_io_executor& executor, ice_lite::PairId id, UniqueFd socket,
                Callbacks callbacks);

  /// Gives out what `received` holds, then what comes. Once.
  void Start(Bytes received);
  void Send(ByteView packet) override;
  void Close() override;

 private:
  void Read();
  /// False when it is over.
  bool TakeStream(ByteView bytes);
  void Write();
  void Lose();

  boost::asio::ip::tcp::socket socket_;
  ice_lite::PairId id_;
  Callbacks callbacks_;
  ice_lite::TcpFrameReader frames_;
  std::array<std::uint8_t, 16 * 1024> buffer_{};
  Bytes writing_;  // what the kernel is given; empty: nothing
  Bytes waiting_;  // what follows
  bool closed_ = false;
};

}  // namespace ingress::whip_transport
