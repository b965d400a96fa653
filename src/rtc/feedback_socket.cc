#include "rtc/feedback_socket.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "rtp/rtcp_types.h"

namespace ingress::rtc {
namespace {

constexpr std::uint32_t kPortSocket = 0;  // sockets of a port have the numbers in which they came
constexpr std::uint32_t kFeedbackSocket = 1;

constexpr std::uint32_t kFormatMask = 0x1f;
constexpr std::uint32_t kWordShift = 2;  // RTCP counts in words of 4 bytes
// Behind the packet: SRTCP's index and the longest tag (RFC 7714 §9).
constexpr std::uint32_t kMaxTrailer = 4 + 16;

/// The number of the socket that a datagram is for. A load beyond its end ends the program with 0.
std::array<sock_filter, 14> Program() {
  constexpr std::uint16_t kByte = BPF_LD | BPF_B | BPF_ABS;
  constexpr std::uint16_t kHalf = BPF_LD | BPF_H | BPF_ABS;
  constexpr std::uint16_t kEquals = BPF_JMP | BPF_JEQ | BPF_K;
  return {{
      BPF_STMT(kByte, 1),
      BPF_JUMP(kEquals, rtp::kTypeTransportFeedback, 0, 10),
      BPF_STMT(kByte, 0),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kFormatMask),
      BPF_JUMP(kEquals, rtp::kFormatTransportWide, 0, 7),
      // The packet's length is that of the datagram.
      BPF_STMT(kHalf, 2),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
      BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, kWordShift),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, kMaxTrailer),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kPortSocket),
      BPF_STMT(BPF_RET | BPF_K, kFeedbackSocket),
  }};
}

bool ShareItsPort(int socket) {
  const int on = 1;
  return setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

bool TakeAddressOf(int other, int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return getsockname(other, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0;
}

bool Steer(int socket) {
  auto program = Program();
  const sock_fprog attached{.len = static_cast<std::uint16_t>(program.size()),
                            .filter = program.data()};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) == 0;
}

}  // namespace

std::optional<FeedbackSocket> FeedbackSocket::OpenFor(int port_socket) {
  int family = 0;
  socklen_t size = sizeof family;
  if (getsockopt(port_socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return std::nullopt;
  UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Until the program is there, some microseconds, the kernel shares out by itself: a STUN message
  // that comes to the wrong socket is lost, as it may be on the way.
  if (!fd || !ShareItsPort(port_socket) || !ShareItsPort(fd.get()) ||
      !TakeAddressOf(port_socket, fd.get()) || !Steer(fd.get())) {
    return std::nullopt;
  }
  return FeedbackSocket(std::move(fd));
}

std::size_t FeedbackSocket::Receive(std::span<std::uint8_t> buffer) {
  ssize_t size = -1;
  do {
    size = recv(fd_.get(), buffer.data(), buffer.size(), 0);
  } while (size < 0 && errno == EINTR);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

}  // namespace ingress::rtc
