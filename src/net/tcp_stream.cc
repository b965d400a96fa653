#include "net/tcp_stream.h"

namespace ingress::net {

namespace asio = boost::asio;
using boost::system::error_code;

ByteStream::Transfer TcpStream::ReadNow(asio::mutable_buffer buffer) {
  return ReceiveNow(socket().native_handle(), buffer.data(), buffer.size());
}

ByteStream::Transfer TcpStream::WriteNow(asio::const_buffer bytes) {
  return SendNow(socket().native_handle(), bytes.data(), bytes.size());
}

error_code TcpStream::EndWriting() {
  error_code error;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  return error;
}

}  // namespace ingress::net
