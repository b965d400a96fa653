#include "net/peer_name.h"

#include "base/host_port.h"

namespace ingress::net {

namespace asio = boost::asio;

std::string NameOf(const asio::ip::tcp::endpoint& endpoint) {
  return NameOf(endpoint.address(), endpoint.port());
}

std::string NameOf(asio::ip::address address, std::uint16_t port) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return JoinHostPort(address.to_string(), port);
}

IpAddress AddressOf(const asio::ip::tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  return address.is_v6()
             ? address.to_v6().to_bytes()
             : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

std::string PeerName(const asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? "unknown" : NameOf(endpoint);
}

}  // namespace ingress::net
