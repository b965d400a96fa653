#pragma once

#include <nice/agent.h>
#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace ingress::rtc {

/// The selected candidate pair of an ICE agent, when it is plain UDP: sends past libnice, many
/// datagrams in one system call. libnice goes on with checks, consent and receiving.
///
/// Has a descriptor of its own for the pair's socket, so that it outlives a pair that libnice
/// drops; datagrams sent then go nowhere.
class UdpPath {
 public:
  static constexpr std::size_t kMaxBatch = 32;

  /// Empty when no pair is selected, or the pair is TCP or relayed: those need libnice's framing.
  static std::optional<UdpPath> OfSelectedPair(NiceAgent* agent, unsigned stream,
                                               unsigned component);
  ~UdpPath();
  UdpPath(UdpPath&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        peer_(other.peer_),
        peer_size_(other.peer_size_),
        segmentation_(other.segmentation_) {}
  UdpPath& operator=(UdpPath&& other) noexcept {
    std::swap(fd_, other.fd_);
    peer_ = other.peer_;
    peer_size_ = other.peer_size_;
    segmentation_ = other.segmentation_;
    return *this;
  }

  /// Sends up to kMaxBatch datagrams, none empty. What the socket does not take is lost, as on the
  /// way.
  void Send(std::span<const ByteView> datagrams);

 private:
  UdpPath(int fd, const sockaddr_storage& peer);

  int fd_;
  sockaddr_storage peer_;
  socklen_t peer_size_;
  bool segmentation_ = true;  // until the kernel or the device refuses it
};

}  // namespace ingress::rtc
