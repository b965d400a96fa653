#pragma once

#include "net/byte_stream.h"

namespace ingress::net {

/// A connection that is not encrypted.
class TcpStream final : public ByteStream {
 public:
  explicit TcpStream(boost::asio::ip::tcp::socket socket) : ByteStream(std::move(socket)) {}

  Transfer ReadNow(boost::asio::mutable_buffer buffer) override;
  Transfer WriteNow(boost::asio::const_buffer bytes) override;
  boost::system::error_code EndWriting() override;
};

}  // namespace ingress::net
