#include "ipc/descriptor.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstring>

namespace ingress::ipc {
namespace {

struct alignas(cmsghdr) Control : std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> {};

/// The result of sendmsg(2) or recvmsg(2) in words of Asio.
std::size_t Moved(ssize_t size, boost::system::error_code& error) {
  error.clear();
  if (size < 0) error.assign(errno, boost::asio::error::get_system_category());
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

}  // namespace

std::size_t WriteWithDescriptor(int socket, ByteView bytes, int descriptor,
                                boost::system::error_code& error) {
  // The kernel only reads; its interface has no const.
  iovec part{.iov_base = const_cast<std::uint8_t*>(bytes.data()), .iov_len = bytes.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return Moved(sent, error);
}

std::size_t ReadWithDescriptor(int socket, std::span<std::uint8_t> buffer,
                               std::deque<UniqueFd>& descriptors,
                               boost::system::error_code& error) {
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const std::size_t size = Moved(got, error);
  if (got == 0) error = boost::asio::error::eof;
  if (got <= 0) return 0;
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
    descriptors.emplace_back(descriptor);
  }
  return size;
}

}  // namespace ingress::ipc
