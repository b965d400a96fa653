#pragma once

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ingress::net {

/// Memory for what one system call reads from a UDP socket: datagrams, where they come from and
/// when the kernel took them. Larger than a stack should bear.
class DatagramBatch {
 public:
  static constexpr std::size_t kMaxDatagrams = 32;
  /// Larger than what a path carries whole; what is larger all the same is cut.
  static constexpr std::size_t kMaxDatagramSize = 2048;

  struct Datagram {
    std::span<std::uint8_t> bytes{};  // may be changed; aligned to 8 bytes
    std::optional<timespec> stamp{};  // of the wall clock, where the socket has SO_TIMESTAMPNS
  };

  /// Reads what has arrived, without waiting. Returns the number of datagrams; 0 and errno when
  /// there are none.
  std::size_t Receive(int socket);

  /// Of the last Receive(), and valid until the next; `index` is below what it returned.
  Datagram at(std::size_t index);
  boost::asio::ip::udp::endpoint remote(std::size_t index) const;

 private:
  static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(timespec));

  struct alignas(8) Buffer : std::array<std::uint8_t, kMaxDatagramSize> {};
  struct alignas(cmsghdr) Control : std::array<std::uint8_t, kControlSize> {};

  std::array<Buffer, kMaxDatagrams> buffers_;
  std::array<Control, kMaxDatagrams> controls_;
  std::array<sockaddr_storage, kMaxDatagrams> names_;
  std::array<iovec, kMaxDatagrams> parts_;
  std::array<mmsghdr, kMaxDatagrams> headers_;
};

}  // namespace ingress::net
