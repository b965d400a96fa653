#include "net/tcp_stream.h"

#include <boost/asio/write.hpp>

#include "net/await.h"

namespace ingress::net {

namespace asio = boost::asio;
using boost::system::error_code;

ByteStream::Transfer TcpStream::ReadNow(asio::mutable_buffer buffer) {
  return ReceiveNow(socket().native_handle(), buffer.data(), buffer.size());
}

asio::awaitable<error_code> TcpStream::Write(asio::const_buffer bytes) {
  const auto [error, size] = co_await asio::async_write(socket(), bytes, kAwait);
  co_return error;
}

error_code TcpStream::EndWriting() {
  error_code error;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  return error;
}

}  // namespace ingress::net
