#include "whip_transport/peer_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "whip_transport/tcp_peer_socket.h"
#include "whip_transport/udp_peer_socket.h"

namespace ingress::whip_transport {
namespace {

constexpr std::size_t kIpv4At = 12;  // within an IpAddress
}  // namespace

std::shared_ptr<PeerSocket> PeerSocket::Open(const boost::asio::any_io_executor& executor,
                                             ice_lite::PairId id, Peer peer,
                                             std::shared_ptr<net::DatagramBatch> batch,
                                             Callbacks callbacks) {
  if (peer.tcp) {
    auto socket =
        std::make_shared<TcpPeerSocket>(executor, id, std::move(peer.socket), std::move(callbacks));
    socket->Start(std::move(peer.received));
    return socket;
  }
  auto socket = std::make_shared<UdpPeerSocket>(executor, id, std::move(peer.socket),
                                                std::move(batch), std::move(callbacks));
  socket->Start(std::move(peer.received));
  return socket;
}

stun::TransportAddress RemoteAddress(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  stun::TransportAddress address;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return address;
  if (storage.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(address.ip.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    address.port = ntohs(ipv6.sin6_port);
  } else if (storage.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(storage);
    address.ip[10] = address.ip[11] = 0xff;
    std::memcpy(address.ip.data() + kIpv4At, &ipv4.sin_addr, sizeof ipv4.sin_addr);
    address.port = ntohs(ipv4.sin_port);
  }
  return address;
}

}  // namespace ingress::whip_transport
