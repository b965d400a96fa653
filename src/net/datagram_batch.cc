#include "net/datagram_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ingress::net {

std::size_t DatagramBatch::Receive(int socket) {
  for (std::size_t i = 0; i < kMaxDatagrams; ++i) {
    parts_.at(i) = {.iov_base = buffers_.at(i).data(), .iov_len = kMaxDatagramSize};
    msghdr& header = headers_.at(i).msg_hdr;
    header = {};
    header.msg_name = &names_.at(i);
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_iov = &parts_.at(i);
    header.msg_iovlen = 1;
    header.msg_control = controls_.at(i).data();
    header.msg_controllen = kControlSize;
  }
  int received = 0;
  do {
    received = recvmmsg(socket, headers_.data(), kMaxDatagrams, MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  return received > 0 ? static_cast<std::size_t>(received) : 0;
}

DatagramBatch::Datagram DatagramBatch::at(std::size_t index) {
  mmsghdr& header = headers_.at(index);
  Datagram datagram{.bytes = std::span(buffers_.at(index)).first(header.msg_len), .stamp = {}};
  const cmsghdr* control = CMSG_FIRSTHDR(&header.msg_hdr);
  if (control != nullptr && control->cmsg_level == SOL_SOCKET &&
      control->cmsg_type == SCM_TIMESTAMPNS) {
    std::memcpy(&datagram.stamp.emplace(), CMSG_DATA(control), sizeof(timespec));
  }
  return datagram;
}

boost::asio::ip::udp::endpoint DatagramBatch::remote(std::size_t index) const {
  boost::asio::ip::udp::endpoint endpoint;
  const std::size_t size = headers_.at(index).msg_hdr.msg_namelen;
  if (size > endpoint.capacity()) return endpoint;
  std::memcpy(endpoint.data(), &names_.at(index), size);
  endpoint.resize(size);
  return endpoint;
}

}  // namespace ingress::net
