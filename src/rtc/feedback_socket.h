#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/unique_fd.h"

namespace ingress::rtc {

/// Takes transport-wide feedback (RTCP type 205, format 15) out of what arrives at a UDP port.
///
/// It comes ten times a second and more, and says nothing that could not wait for the next packets
/// that leave; to be woken for it is a twentieth of what a handler costs that decodes nothing. So
/// it gets a socket of its own, at the same address and port, that is read in passing: the kernel
/// asks a program of ours which of the two a datagram is for (SO_ATTACH_REUSEPORT_CBPF, socket(7)).
/// Everything else goes to the port's socket as before, also feedback that has company in its
/// datagram. The first header tells, which SRTCP leaves readable (RFC 3711 §3.4); nothing is
/// authenticated here.
class FeedbackSocket {
 public:
  /// `port_socket` is a bound UDP socket that is alone at its port. Empty where the kernel cannot
  /// do it; then all goes to `port_socket`.
  static std::optional<FeedbackSocket> OpenFor(int port_socket);

  /// The next datagram that has arrived, cut to `buffer`: its size, or 0 when there is none.
  std::size_t Receive(std::span<std::uint8_t> buffer);

 private:
  explicit FeedbackSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace ingress::rtc
