#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/tls_begin.h"
#include "net/tls_server.h"

namespace ingress::net {

/// The server's side of a TLS connection. OpenSSL reads and writes the socket itself, so that no
/// connection holds buffers of ours.
class TlsStream final : public ByteStream {
 public:
  /// What a client may send before the handshake is done.
  static constexpr std::size_t kMaxHandshakeBytes = std::size_t{32} * 1024;

  TlsStream(boost::asio::ip::tcp::socket socket, const TlsServer& server);
  ~TlsStream() override;

  /// To be awaited before anything is read or written. Passes cancellation on.
  ///
  /// Errors, in words for an operator: kClosed when the client leaves ("closed without a word"
  /// before its first byte); kUnsupported for what is not TLS, or an old one; kUnauthorized when
  /// the client does not believe the certificate; kMalformed; kLimitExceeded.
  boost::asio::awaitable<Result<void>> Handshake();

  /// What the client began with, if it has.
  std::optional<std::uint8_t> first_byte() const { return begin_.first_byte(); }

  Transfer ReadNow(boost::asio::mutable_buffer buffer) override;
  boost::asio::awaitable<boost::system::error_code> Write(boost::asio::const_buffer bytes) override;
  boost::system::error_code EndWriting() override;

 private:
  static const BIO_METHOD* SocketMethod();
  static int Receive(BIO* bio, char* data, std::size_t size, std::size_t* received);
  static int Send(BIO* bio, const char* data, std::size_t size, std::size_t* sent);

  Wait read_waits_for() const override { return read_waits_for_; }
  Transfer ReceiveFor(BIO* bio, char* data, std::size_t size);
  boost::system::error_code ErrorAfter(int result);
  std::unexpected<Error> HandshakeFailure();

  SslHandle ssl_;
  TlsBegin begin_;
  Result<void> refused_;  // by TlsBegin, or for its length
  std::size_t handshake_bytes_ = 0;
  bool shaken_ = false;
  std::size_t budget_ = 0;            // bytes that OpenSSL may still take in one go
  boost::system::error_code broken_;  // of the socket; nothing works after it
  boost::system::error_code read_end_;
  Wait read_waits_for_ = boost::asio::socket_base::wait_read;
};

}  // namespace ingress::net
