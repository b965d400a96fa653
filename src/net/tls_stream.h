#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/step_throttle.h"
#include "net/tls_begin.h"
#include "net/tls_server.h"

namespace ingress::net {

/// The server's side of a TLS connection. OpenSSL comes in when the ClientHello is whole, and reads
/// and writes the socket itself, so that no connection holds buffers of ours.
class TlsStream final : public ByteStream {
 public:
  /// What a client may send before the handshake is done.
  static constexpr std::size_t kMaxHandshakeBytes = TlsBegin::kMaxBytes;
  /// And after it, or after RenewLimit(), until LiftLimit(): what RTMP takes of a stranger, twice
  /// over for small records.
  static constexpr std::size_t kMaxStrangerBytes = std::size_t{320} * 1024;

  /// What OpenSSL 3.0 keeps within a handshake, and after it (measured).
  static constexpr std::size_t kHandshakeMemory = std::size_t{48} * 1024;
  static constexpr std::size_t kIdleMemory = std::size_t{24} * 1024;

  /// Told what the connection keeps in memory whenever that changes; may close the stream.
  using OnMemory = std::function<void(std::size_t bytes)>;

  /// Keeps `server` for the handshake.
  TlsStream(
      boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsServer> server,
      OnMemory on_memory = [](std::size_t) {});
  ~TlsStream() override;

  /// To be awaited before anything is read or written. Passes cancellation on. Its arithmetic, 0.2
  /// to 5 ms, is done in steps of `throttle`, which outlives the call; `source`: the address that
  /// they are for. `on_begun`: called when the ClientHello was a proper one and has had its turn.
  ///
  /// Errors, in words for an operator: kClosed when the client leaves ("closed without a word"
  /// before its first byte); kUnsupported for what is not TLS, or an old one; kUnauthorized when
  /// the client does not believe the certificate; kMalformed; kLimitExceeded.
  boost::asio::awaitable<Result<void>> Handshake(
      StepThrottle& throttle, std::string source, std::function<void()> on_begun = [] {});

  /// What the client began with, if it has.
  std::optional<std::uint8_t> first_byte() const { return begin_.first_byte(); }

  Transfer ReadNow(boost::asio::mutable_buffer buffer) override;
  Transfer WriteNow(boost::asio::const_buffer bytes) override;
  /// OpenSSL reads ahead.
  bool may_hold_input() const override { return true; }
  boost::system::error_code EndWriting() override;
  void LiftLimit() override { stranger_ = false; }
  void RenewLimit() override;

 private:
  static const BIO_METHOD* SocketMethod();
  static int Receive(BIO* bio, char* data, std::size_t size, std::size_t* received);
  static int Send(BIO* bio, const char* data, std::size_t size, std::size_t* sent);

  /// What a step of the handshake has come to.
  enum class Progress : std::uint8_t { kShaken, kWaits, kFailed };

  Progress Shake();
  Progress TakeHello();
  Transfer ReceiveHello();
  void Begin();
  std::size_t TakeOfHello(char* data, std::size_t size);
  Wait read_waits_for() const override { return read_waits_for_; }
  Wait write_waits_for() const override { return write_waits_for_; }
  Transfer ReceiveFor(BIO* bio, char* data, std::size_t size);
  boost::system::error_code ErrorAfter(int result, Wait& waits_for);
  std::unexpected<Error> HandshakeFailure();

  std::shared_ptr<const TlsServer> server_;
  OnMemory on_memory_;
  SslHandle ssl_;  // once the ClientHello is there
  TlsBegin begin_;
  std::size_t given_ = 0;      // bytes of begin_ that OpenSSL has
  Result<void> refused_;       // by TlsBegin, or for its length
  std::size_t raw_bytes_ = 0;  // received, of the handshake, or since it or RenewLimit()
  bool shaken_ = false;
  bool stranger_ = true;
  std::size_t budget_ = 0;            // bytes that OpenSSL may still take in one go
  boost::system::error_code broken_;  // of the socket; nothing works after it
  boost::system::error_code read_end_;
  Wait read_waits_for_ = boost::asio::socket_base::wait_read;  // the handshake's wait too
  Wait write_waits_for_ = boost::asio::socket_base::wait_write;
};

}  // namespace ingress::net
