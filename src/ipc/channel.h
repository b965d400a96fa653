#pragma once

#include <string>
#include <utility>

#include "ingress_ipc.pb.h"
#include "ipc/frame_socket.h"

namespace ingress::ipc {

/// The descriptor on which a handler or a transcoder finds its end of the socketpair.
inline constexpr int kChildSocketFd = 3;

/// Value of Hello.version; service and handler of one build always agree.
inline constexpr std::uint32_t kProtocolVersion = 3;

/// Typed messages over one end of a socketpair; see FrameSocket for deadlines and errors.
template <typename Incoming, typename Outgoing>
class Channel {
 public:
  Channel(const boost::asio::any_io_executor& executor, UniqueFd fd,
          FrameSocket::Limits limits = {})
      : socket_(executor, std::move(fd), limits) {}

  struct Received {
    Incoming message;
    Bytes attachment;
    UniqueFd descriptor;  // none: the message came without
  };

  /// The next message and what is attached to it. Errors: those of FrameSocket::Receive();
  /// kMalformed when the bytes are not an `Incoming`, which also closes the channel.
  boost::asio::awaitable<Result<Received>> ReceiveAll() {
    Result<Frame> frame = co_await socket_.Receive();
    if (!frame) co_return std::unexpected(std::move(frame.error()));
    Received received;
    const Bytes& message = frame->message;
    if (!received.message.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
      socket_.Close();
      co_return Fail(ErrorCode::kMalformed,
                     "ipc frame of " + std::to_string(message.size()) + " bytes");
    }
    received.attachment = std::move(frame->attachment);
    received.descriptor = std::move(frame->descriptor);
    co_return received;
  }

  /// The same of a channel where nothing is attached.
  boost::asio::awaitable<Result<Incoming>> Receive() {
    Result<Received> received = co_await ReceiveAll();
    if (!received) co_return std::unexpected(std::move(received.error()));
    co_return std::move(received->message);
  }

  /// `descriptor` becomes one of the peer's, which has to expect it (FrameSocket::Limits).
  /// Errors: those of FrameSocket::Send(); kLimitExceeded when either part is above kMaxFrameSize.
  boost::asio::awaitable<Result<void>> Send(Outgoing message, SharedBytes attachment = {},
                                            UniqueFd descriptor = {}) {
    const bool with_descriptor = static_cast<bool>(descriptor);
    Result<Bytes> frame = SerializeFrame(message, attachment.bytes.size(), with_descriptor);
    if (!frame) co_return std::unexpected(std::move(frame.error()));
    co_return co_await socket_.Send(std::move(*frame), std::move(attachment),
                                    std::move(descriptor));
  }

  /// Ends both directions; pending calls return kClosed. Idempotent.
  void Close() { socket_.Close(); }

 private:
  FrameSocket socket_;
};

using ServiceChannel = Channel<FromHandler, ToHandler>;  // the service's end
using HandlerChannel = Channel<ToHandler, FromHandler>;  // the handler's end

}  // namespace ingress::ipc
