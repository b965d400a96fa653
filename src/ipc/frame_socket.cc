#include "ipc/frame_socket.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "ipc/descriptor.h"
#include "net/await.h"
#include "net/deadline.h"

namespace ingress::ipc {
namespace {

namespace asio = boost::asio;

using net::kAwait;

// A read ends behind the first byte that brings a descriptor. So there are never more than that of
// a frame which is not whole yet and that of the next.
constexpr std::size_t kMaxDescriptors = 2;

}  // namespace

FrameSocket::FrameSocket(const asio::any_io_executor& executor, UniqueFd fd, Limits limits)
    : socket_(executor), limits_(limits), reader_(limits.received) {
  boost::system::error_code ec;
  socket_.assign({}, fd.get(), ec);
  if (ec) {
    Break({ErrorCode::kInternal, "ipc socket: " + ec.message()});
  } else {
    fd.Release();
  }
}

asio::awaitable<Result<Frame>> FrameSocket::Receive() {
  std::array<std::uint8_t, 16 * 1024> chunk;
  while (true) {
    Result<std::optional<Frame>> frame = reader_.Next();
    if (!frame) {
      Break(frame.error());
      co_return std::unexpected(std::move(frame.error()));
    }
    if (*frame) {
      if (auto taken = TakeDescriptor(**frame); !taken) {
        Break(taken.error());
        co_return std::unexpected(std::move(taken.error()));
      }
      co_return std::move(**frame);
    }
    if (broken_) co_return std::unexpected(*broken_);

    const auto [ec, size] = co_await Read(chunk);
    if (ec) {
      const bool cut = ec == asio::error::eof && reader_.mid_frame();
      Break({cut ? ErrorCode::kMalformed : ErrorCode::kClosed,
             (cut ? "ipc read inside a frame: " : "ipc read: ") + ec.message()});
      co_return std::unexpected(*broken_);
    }
    if (descriptors_.size() > kMaxDescriptors) {
      Break({ErrorCode::kLimitExceeded, "ipc: descriptors without frames"});
      co_return std::unexpected(*broken_);
    }
    reader_.Receive({chunk.data(), size});
  }
}

asio::awaitable<std::pair<boost::system::error_code, std::size_t>> FrameSocket::Read(
    std::span<std::uint8_t> chunk) {
  if (!limits_.descriptors) {
    const auto [ec, size] =
        co_await socket_.async_read_some(asio::buffer(chunk.data(), chunk.size()), kAwait);
    co_return std::pair(ec, size);
  }
  while (true) {
    boost::system::error_code error;
    const std::size_t size =
        ReadWithDescriptor(socket_.native_handle(), chunk, descriptors_, error);
    if (error != asio::error::would_block) co_return std::pair(error, size);
    const auto [ec] = co_await socket_.async_wait(Socket::wait_read, kAwait);
    if (ec) co_return std::pair(ec, std::size_t{0});
  }
}

/// A descriptor comes with the first byte of its frame, so the oldest one belongs to the first
/// frame that names one.
Result<void> FrameSocket::TakeDescriptor(Frame& frame) {
  if (!frame.with_descriptor) return {};
  if (descriptors_.empty()) {
    return Fail(ErrorCode::kMalformed, "ipc: a frame without its descriptor");
  }
  frame.descriptor = std::move(descriptors_.front());
  descriptors_.pop_front();
  return {};
}

asio::awaitable<Result<void>> FrameSocket::Send(Bytes frame, SharedBytes attachment,
                                                UniqueFd descriptor) {
  if (send_broken_) co_return std::unexpected(*send_broken_);
  const std::uint64_t waiting = accepted_ - written_;
  outbox_.push_back({.frame = std::move(frame),
                     .attachment = std::move(attachment),
                     .descriptor = std::move(descriptor)});
  if (waiting + outbox_.back().size() > limits_.outbox) {
    outbox_.pop_back();
    co_return Fail(ErrorCode::kLimitExceeded,
                   "ipc send: " + std::to_string(waiting) + " bytes are waiting already");
  }
  accepted_ += outbox_.back().size();
  const std::uint64_t mine = accepted_;
  // Whoever finds the socket free writes for all; the others wait until their frame is out.
  if (!writing_) co_await Flush();
  co_await progress_.WaitUntilTrue([&] { return written_ >= mine || send_broken_; });
  if (written_ < mine) co_return std::unexpected(*send_broken_);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FrameSocket::WriteAll(Socket& socket,
                                                    const std::vector<Waiting>& batch) {
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(2 * batch.size());
  for (auto next = batch.begin(); next != batch.end();) {
    std::size_t begun = 0;  // bytes of the first frame that went with its descriptor
    if (next->descriptor) {
      const auto written = co_await WriteDescriptor(socket, *next);
      if (!written) co_return std::unexpected(written.error());
      begun = *written;
    }
    buffers.clear();
    do {
      buffers.push_back(asio::buffer(next->frame) + std::exchange(begun, 0));
      const ByteView attachment = next->attachment.bytes;
      if (!attachment.empty()) buffers.emplace_back(attachment.data(), attachment.size());
      ++next;
    } while (next != batch.end() && !next->descriptor);
    const auto [ec, size] = co_await asio::async_write(socket, buffers, kAwait);
    if (ec) co_return Fail(ErrorCode::kClosed, "ipc write: " + ec.message());
  }
  co_return Result<void>{};
}

asio::awaitable<Result<std::size_t>> FrameSocket::WriteDescriptor(Socket& socket,
                                                                  const Waiting& waiting) {
  while (true) {
    boost::system::error_code error;
    const std::size_t written =
        WriteWithDescriptor(socket.native_handle(), waiting.frame, waiting.descriptor.get(), error);
    if (!error) co_return written;
    if (error == asio::error::would_block) {
      const auto [ec] = co_await socket.async_wait(Socket::wait_write, kAwait);
      error = ec;
    }
    if (error) co_return Fail(ErrorCode::kClosed, "ipc write: " + error.message());
  }
}

asio::awaitable<void> FrameSocket::Flush() {
  writing_ = true;
  // What else is sent in this turn joins the batch: one system call, and one awakening of the peer.
  co_await asio::post(asio::use_awaitable);
  while (!outbox_.empty() && !send_broken_) {
    const std::vector<Waiting> batch = std::exchange(outbox_, {});
    const std::uint64_t accepted = accepted_;
    const Result<void> sent =
        co_await net::WithDeadline(limits_.send, WriteAll(socket_, batch), "ipc write");
    if (sent) {
      written_ = accepted;
      progress_.Notify();
    } else if (sent.error().code == ErrorCode::kTimeout) {
      Break(sent.error());
    } else {
      // The peer's last words may still be unread: receiving goes on until their end.
      BreakSending(sent.error());
    }
  }
  writing_ = false;
}

void FrameSocket::Close() { Break({ErrorCode::kClosed, "ipc channel closed"}); }

void FrameSocket::Break(Error error) {
  if (broken_) return;
  broken_ = error;
  BreakSending(std::move(error));
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void FrameSocket::BreakSending(Error error) {
  if (!send_broken_) send_broken_ = std::move(error);
  progress_.Notify();
}

}  // namespace ingress::ipc
