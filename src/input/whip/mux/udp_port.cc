#include "input/whip/mux/udp_port.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace ingress::input {
namespace {

using boost::asio::ip::udp;

// It holds what a client sends while its handler is busy. The kernel may allow less
// (net.core.rmem_max).
constexpr int kReceiveBuffer = 1 << 20;

std::unexpected<Error> FailSystem(std::string_view step) {
  const boost::system::error_code error(errno, boost::asio::error::get_system_category());
  const bool forbidden = error == boost::asio::error::access_denied;
  return Fail(forbidden ? ErrorCode::kUnauthorized : ErrorCode::kUnavailable,
              std::string(step) + ": " + error.message());
}

bool Set(int socket, int level, int option, int value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

/// A socket that is bound to `local`, alone or in the company of others that say so too.
Result<UniqueFd> Bind(const udp::endpoint& local, bool shared) {
  const int family = local.protocol().family();
  UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return FailSystem("UDP socket");
  // Some hosts are set up with IPv6 sockets that take IPv6 alone.
  const bool both = family == AF_INET6 && local.address().is_unspecified();
  if (both && !Set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0)) return FailSystem("UDP socket");
  if (shared && !Set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) return FailSystem("UDP socket");
  Set(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  if (bind(fd.get(), local.data(), static_cast<socklen_t>(local.size())) != 0) {
    return FailSystem("UDP port " + std::to_string(local.port()));
  }
  return fd;
}

Result<udp::endpoint> LocalOf(int socket) {
  udp::endpoint local;
  auto size = static_cast<socklen_t>(local.capacity());
  if (getsockname(socket, local.data(), &size) != 0) return FailSystem("UDP port");
  local.resize(size);
  return local;
}

bool GiveAllToTheFirst(int socket) {
  std::array<sock_filter, 1> program = {{BPF_STMT(BPF_RET | BPF_K, 0)}};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter) == 0;
}

}  // namespace

Result<UdpPort> UdpPort::Open(const udp::endpoint& wanted) {
  // A socket that shares its port would also share it with another process of the same user, and
  // one of the two would get nothing. So the port is first taken alone.
  auto alone = Bind(wanted, false);
  if (!alone) return std::unexpected(std::move(alone.error()));
  const auto local = LocalOf(alone->get());
  if (!local) return std::unexpected(local.error());
  alone->Reset();
  auto fd = Bind(*local, true);
  if (!fd) return std::unexpected(std::move(fd.error()));
  if (!GiveAllToTheFirst(fd->get())) return FailSystem("UDP port: SO_ATTACH_REUSEPORT_CBPF");
  return UdpPort(std::move(*fd), *local);
}

Result<UniqueFd> UdpPort::ConnectTo(const udp::endpoint& remote) const {
  auto fd = Bind(local_, true);
  if (!fd) return fd;
  if (connect(fd->get(), remote.data(), static_cast<socklen_t>(remote.size())) != 0) {
    return FailSystem("UDP connect");
  }
  Set(fd->get(), SOL_SOCKET, SO_TIMESTAMPNS, 1);
  return fd;
}

}  // namespace ingress::input
