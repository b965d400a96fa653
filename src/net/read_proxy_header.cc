#include "net/read_proxy_header.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/read.hpp>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "net/await.h"
#include "net/byte_stream.h"
#include "net/proxy_header.h"

namespace ingress::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint EndpointOf(const ProxyHeader::Source& source) {
  const asio::ip::address_v6 address(source.ip);
  if (!address.is_v4_mapped()) return {address, source.port};
  return {asio::ip::make_address_v4(asio::ip::v4_mapped, address), source.port};
}

}  // namespace

asio::awaitable<Result<std::optional<tcp::endpoint>>> ReadProxyHeader(tcp::socket& socket) {
  ProxyHeader header;
  std::array<std::uint8_t, 256> buffer{};
  while (!header.done()) {
    // A look first: what follows the header stays in the socket, for TLS or RTMP to read.
    const auto [error, size] =
        co_await socket.async_receive(asio::buffer(buffer), tcp::socket::message_peek, kAwait);
    if (error) {
      co_return Fail(ErrorCode::kClosed, header.started()
                                             ? std::string("PROXY header: closed within it")
                                             : std::string(kClosedWithoutAWord));
    }
    ByteView rest = ByteView(buffer).first(size);
    if (auto received = header.Receive(rest); !received) {
      co_return std::unexpected(received.error());
    }
    const auto [take_error, taken] =
        co_await asio::async_read(socket, asio::buffer(buffer, size - rest.size()), kAwait);
    if (take_error) co_return Fail(ErrorCode::kClosed, "PROXY header: " + take_error.message());
  }
  co_return header.source().transform(EndpointOf);
}

}  // namespace ingress::net
