#pragma once

#include <nice/agent.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "rtc/feedback_socket.h"

namespace ingress::rtc {

/// The selected candidate pair of an ICE agent, when it is plain UDP: sends past libnice, many
/// datagrams in one system call. libnice goes on with checks, consent and receiving, but for
/// transport-wide feedback, see FeedbackSocket.
///
/// Has a descriptor of its own for the pair's socket, so that it outlives a pair that libnice
/// drops; datagrams sent then go nowhere.
class UdpPath {
 public:
  static constexpr std::size_t kMaxBatch = 32;

  /// Empty when no pair is selected, or the pair is TCP or relayed: those need libnice's framing.
  static std::optional<UdpPath> OfSelectedPair(NiceAgent* agent, unsigned stream,
                                               unsigned component);

  /// Sends up to kMaxBatch datagrams, none empty. What the socket does not take is lost, as on the
  /// way.
  void Send(std::span<const ByteView> datagrams);

  /// The next feedback that has arrived, cut to `buffer`: its size, or 0 when there is none.
  std::size_t ReceiveFeedback(std::span<std::uint8_t> buffer) {
    return feedback_ ? feedback_->Receive(buffer) : 0;
  }

 private:
  UdpPath(UniqueFd fd, const sockaddr_storage& peer);

  UniqueFd fd_;
  std::optional<FeedbackSocket> feedback_;
  sockaddr_storage peer_;
  socklen_t peer_size_;
  bool segmentation_ = true;  // until the kernel or the device refuses it
};

}  // namespace ingress::rtc
