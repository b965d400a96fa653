#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string_view>

namespace ingress::net {

/// The bytes of one accepted TCP connection, plain (TcpStream) or encrypted (TlsStream).
///
/// Confined to the socket's executor. One read and one write may be under way at a time. Close()
/// ends both; they have ended before the stream is destroyed.
class ByteStream {
 public:
  struct Transfer {
    boost::system::error_code error;  // eof: the peer has ended the stream in order
    std::size_t size = 0;             // zero with an error
  };

  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Reads what there is without waiting; would_block when that is nothing, message_size when a
  /// stranger has sent too much.
  virtual Transfer ReadNow(boost::asio::mutable_buffer buffer) = 0;

  /// Writes what can be written of `bytes` without waiting; would_block when that is nothing.
  virtual Transfer WriteNow(boost::asio::const_buffer bytes) = 0;

  /// Tells the peer, as well as that goes without waiting, that nothing more will be written.
  virtual boost::system::error_code EndWriting() = 0;

  /// The peer is no stranger any more: what it may send has no limit.
  virtual void LiftLimit() {}

  /// The peer may send as much again as a stranger may: for who asks several times.
  virtual void RenewLimit() {}

  /// Input may be here that the socket does not report any more: ReadNow() before AwaitInput().
  virtual bool may_hold_input() const { return false; }

  /// Waits until ReadNow() is worth another try. A hint: it may find nothing.
  boost::asio::awaitable<boost::system::error_code> AwaitInput();

  /// Waits for at least one byte.
  boost::asio::awaitable<Transfer> Read(boost::asio::mutable_buffer buffer);

  /// Ends the Read() or AwaitInput() that is under way with operation_aborted. One can read on.
  void CancelRead();

  /// Waits until WriteNow() is worth another try. A hint as well.
  boost::asio::awaitable<boost::system::error_code> AwaitOutput();

  /// Writes all of `bytes`, which must stay.
  boost::asio::awaitable<boost::system::error_code> Write(boost::asio::const_buffer bytes);

  /// The socket reports no input of less than `bytes`, as long as the peer sends at all.
  void SetReadWatermark(int bytes);

  void Close();

  /// The same with a reset: neither unsent bytes nor the state of a closed connection stay.
  void Abort();

  bool is_open() const { return socket_.is_open(); }
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

 protected:
  using Wait = boost::asio::ip::tcp::socket::wait_type;

  explicit ByteStream(boost::asio::ip::tcp::socket socket);

  boost::asio::ip::tcp::socket& socket() { return socket_; }

  /// What ReadNow() and WriteNow() could not go on without when they last would have blocked.
  virtual Wait read_waits_for() const { return boost::asio::socket_base::wait_read; }
  virtual Wait write_waits_for() const { return boost::asio::socket_base::wait_write; }

 private:
  boost::asio::ip::tcp::socket socket_;
  boost::asio::cancellation_signal cancel_read_;
};

/// The words of an error about a peer that left before its first byte.
inline constexpr std::string_view kClosedWithoutAWord = "closed without a word";

/// One recv() or send() that never waits; used by the streams.
ByteStream::Transfer ReceiveNow(int fd, void* data, std::size_t size);
ByteStream::Transfer SendNow(int fd, const void* data, std::size_t size);

}  // namespace ingress::net
