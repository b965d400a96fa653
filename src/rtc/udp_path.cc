#include "rtc/udp_path.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace ingress::rtc {
namespace {

struct ObjectDeleter {
  void operator()(GSocket* socket) const { g_object_unref(socket); }
};

/// Datagrams as the kernel wants them. Runs of equal size, the last of which may be shorter, become
/// one message that the kernel cuts (UDP generic segmentation offload): the way through its stack
/// is then paid once for the run.
class Messages {
 public:
  Messages(std::span<const ByteView> datagrams, sockaddr_storage& peer, socklen_t peer_size,
           bool segmentation) {
    while (!datagrams.empty()) {
      const std::size_t run = segmentation ? RunLength(datagrams) : 1;
      Add(datagrams.first(run), peer, peer_size);
      datagrams = datagrams.subspan(run);
    }
  }

  mmsghdr* from(std::size_t first) { return &headers_.at(first); }
  std::size_t size() const { return messages_; }
  /// Datagrams in the messages before `message`.
  std::size_t DatagramsBefore(std::size_t message) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < message; ++i) count += headers_[i].msg_hdr.msg_iovlen;
    return count;
  }

 private:
  static constexpr std::size_t kMaxMessage = 60'000;  // bytes, below what a UDP length field holds
  static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(std::uint16_t));

  static std::size_t RunLength(std::span<const ByteView> datagrams) {
    const std::size_t size = datagrams.front().size();
    std::size_t run = 1;
    std::size_t total = size;
    while (run < datagrams.size() && datagrams[run].size() <= size &&
           total + datagrams[run].size() <= kMaxMessage) {
      total += datagrams[run].size();
      ++run;
      if (datagrams[run - 1].size() < size) break;
    }
    return run;
  }

  void Add(std::span<const ByteView> run, sockaddr_storage& peer, socklen_t peer_size) {
    headers_.at(messages_) = {};
    msghdr& header = headers_.at(messages_).msg_hdr;
    header.msg_name = &peer;
    header.msg_namelen = peer_size;
    header.msg_iov = &parts_.at(used_);
    header.msg_iovlen = run.size();
    for (const ByteView& datagram : run) {
      // The kernel only reads; its interface has no const.
      parts_.at(used_++) = {.iov_base = const_cast<std::uint8_t*>(datagram.data()),
                            .iov_len = datagram.size()};
    }
    if (run.size() > 1) {
      controls_.at(messages_) = {};
      header.msg_control = controls_.at(messages_).data();
      header.msg_controllen = kControlSize;
      cmsghdr* control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      const auto segment = static_cast<std::uint16_t>(run.front().size());
      std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    ++messages_;
  }

  struct alignas(cmsghdr) Control : std::array<std::uint8_t, kControlSize> {};

  // Most batches are short: only what is used is written.
  std::array<mmsghdr, UdpPath::kMaxBatch> headers_;
  std::array<iovec, UdpPath::kMaxBatch> parts_;
  std::array<Control, UdpPath::kMaxBatch> controls_;
  std::size_t messages_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

std::optional<UdpPath> UdpPath::OfSelectedPair(NiceAgent* agent, unsigned stream,
                                               unsigned component) {
  const std::unique_ptr<GSocket, ObjectDeleter> socket(
      nice_agent_get_selected_socket(agent, stream, component));
  NiceCandidate* local = nullptr;
  NiceCandidate* remote = nullptr;
  if (!socket || nice_agent_get_selected_pair(agent, stream, component, &local, &remote) == 0) {
    return std::nullopt;
  }
  sockaddr_storage peer{};
  nice_address_copy_to_sockaddr(&remote->addr, reinterpret_cast<sockaddr*>(&peer));
  UniqueFd fd(fcntl(g_socket_get_fd(socket.get()), F_DUPFD_CLOEXEC, 0));
  if (!fd) return std::nullopt;
  return UdpPath(std::move(fd), peer);
}

UdpPath::UdpPath(UniqueFd fd, const sockaddr_storage& peer)
    : fd_(std::move(fd)),
      feedback_(FeedbackSocket::OpenFor(fd_.get())),
      peer_(peer),
      peer_size_(peer.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)) {}

void UdpPath::Send(std::span<const ByteView> datagrams) {
  datagrams = datagrams.first(std::min(datagrams.size(), kMaxBatch));
  Messages messages(datagrams, peer_, peer_size_, segmentation_);
  for (std::size_t sent = 0; sent < messages.size();) {
    const int taken = sendmmsg(fd_.get(), messages.from(sent),
                               static_cast<unsigned>(messages.size() - sent), MSG_DONTWAIT);
    if (taken > 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == EINTR) {
      continue;
    } else if (segmentation_ && (errno == EIO || errno == EINVAL || errno == EMSGSIZE)) {
      segmentation_ = false;
      Send(datagrams.subspan(messages.DatagramsBefore(sent)));
      return;
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      return;
    } else {
      ++sent;  // an error of an earlier datagram, or of this one alone
    }
  }
}

}  // namespace ingress::rtc
