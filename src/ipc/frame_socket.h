#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "base/unique_fd.h"
#include "ipc/frame.h"
#include "net/event.h"

namespace ingress::ipc {

/// Frames over one end of a socketpair, whatever they carry; Channel adds the types.
///
/// Confined to its executor. Close() it and let pending calls return before it is destroyed.
class FrameSocket {
 public:
  struct Limits {
    std::chrono::milliseconds send{5000};    // for one batch of frames to be taken by the peer
    std::size_t received = kMaxFrameSize;    // bytes of either part of a frame of the peer
    std::size_t outbox = 4 * kMaxFrameSize;  // bytes taken and not written yet
    /// Whether the peer may send descriptors. If not, one that it sends all the same is closed
    /// unseen, and its frame breaks the socket.
    bool descriptors = false;
  };

  FrameSocket(const boost::asio::any_io_executor& executor, UniqueFd fd, Limits limits);

  /// The next frame. One call at a time. Waits as long as the peer is silent: who
  /// expects a heartbeat keeps that deadline and calls Close().
  /// Errors: kClosed when the peer is gone or after Close(); kMalformed when it left inside a
  /// frame; kLimitExceeded for an oversized frame, kMalformed for one whose descriptor has not
  /// come, which also close the socket.
  boost::asio::awaitable<Result<Frame>> Receive();

  /// Writes a whole frame: what SerializeFrame() made, and the attachment behind it, from where it
  /// lies. A descriptor goes with the frame that was serialized with one. Calls may overlap, frames
  /// keep their order.
  /// Errors: kClosed when the peer is gone, what it said before can still be received; kTimeout
  /// when it does not take a batch within the deadline, which closes the socket because a frame is
  /// cut; kLimitExceeded when the outbox is full.
  boost::asio::awaitable<Result<void>> Send(Bytes frame, SharedBytes attachment = {},
                                            UniqueFd descriptor = {});

  /// Ends both directions; pending calls return kClosed. Idempotent.
  void Close();

 private:
  struct Waiting {
    Bytes frame;
    SharedBytes attachment;
    UniqueFd descriptor;

    std::size_t size() const { return frame.size() + attachment.bytes.size(); }
  };

  using Socket = boost::asio::local::stream_protocol::socket;

  boost::asio::awaitable<void> Flush();
  static boost::asio::awaitable<Result<void>> WriteAll(Socket& socket,
                                                       const std::vector<Waiting>& batch);
  static boost::asio::awaitable<Result<std::size_t>> WriteDescriptor(Socket& socket,
                                                                     const Waiting& waiting);
  boost::asio::awaitable<std::pair<boost::system::error_code, std::size_t>> Read(
      std::span<std::uint8_t> chunk);
  Result<void> TakeDescriptor(Frame& frame);
  void Break(Error error);
  void BreakSending(Error error);

  Socket socket_;
  net::Event progress_;  // a write is over
  Limits limits_;
  FrameReader reader_;
  std::deque<UniqueFd> descriptors_;  // that have come, ahead of their frames
  std::vector<Waiting> outbox_;
  bool writing_ = false;
  std::uint64_t accepted_ = 0;        // bytes ever put into the outbox
  std::uint64_t written_ = 0;         // bytes ever written
  std::optional<Error> broken_;       // nothing can be received
  std::optional<Error> send_broken_;  // nothing can be sent
};

}  // namespace ingress::ipc
