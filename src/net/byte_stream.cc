#include "net/byte_stream.h"

#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

#include "net/await.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

error_code LastError() { return {errno, boost::system::system_category()}; }

}  // namespace

ByteStream::ByteStream(tcp::socket socket) : socket_(std::move(socket)) {
  error_code ignored;  // slower without, that is all
  socket_.set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<error_code> ByteStream::AwaitInput() {
  const auto [error] = co_await socket_.async_wait(
      read_waits_for(), asio::bind_cancellation_slot(cancel_read_.slot(), kAwait));
  co_return error;
}

asio::awaitable<ByteStream::Transfer> ByteStream::Read(asio::mutable_buffer buffer) {
  while (true) {
    const Transfer transfer = ReadNow(buffer);
    if (transfer.error != asio::error::would_block) co_return transfer;
    // The wait is a hint only: another descriptor's event may have come under this number.
    if (const error_code error = co_await AwaitInput()) co_return Transfer{.error = error};
  }
}

asio::awaitable<error_code> ByteStream::AwaitOutput() {
  const auto [error] = co_await socket_.async_wait(write_waits_for(), kAwait);
  co_return error;
}

asio::awaitable<error_code> ByteStream::Write(asio::const_buffer bytes) {
  while (bytes.size() > 0) {
    const Transfer transfer = WriteNow(bytes);
    bytes += transfer.size;
    if (!transfer.error) continue;
    if (transfer.error != asio::error::would_block) co_return transfer.error;
    if (const error_code cancelled = co_await AwaitOutput()) co_return cancelled;
  }
  co_return error_code();
}

void ByteStream::CancelRead() { cancel_read_.emit(asio::cancellation_type::terminal); }

void ByteStream::SetReadWatermark(int bytes) {
  error_code ignored;  // woken more often without, that is all
  socket_.set_option(asio::socket_base::receive_low_watermark(bytes), ignored);
}

void ByteStream::Close() {
  error_code ignored;
  socket_.close(ignored);
}

void ByteStream::Abort() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

ByteStream::Transfer ReceiveNow(int fd, void* data, std::size_t size) {
  const ssize_t received = recv(fd, data, size, MSG_DONTWAIT);
  if (received > 0) return {.error = {}, .size = static_cast<std::size_t>(received)};
  return {.error = received == 0 ? error_code(asio::error::eof) : LastError()};
}

ByteStream::Transfer SendNow(int fd, const void* data, std::size_t size) {
  const ssize_t sent = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return {.error = LastError()};
  return {.error = {}, .size = static_cast<std::size_t>(sent)};
}

}  // namespace ingress::net
