#include "whip_transport/udp_peer_socket.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "whip_transport/arrival.h"

namespace ingress::whip_transport {
namespace {

// A flood of one peer leaves the loop its turns.
constexpr int kReadsATurn = 4;

}  // namespace

UdpPeerSocket::UdpPeerSocket(const boost::asio::any_io_executor& executor, ice_lite::PairId id,
                             UniqueFd socket, std::shared_ptr<net::DatagramBatch> batch,
                             Callbacks callbacks)
    : socket_(executor), id_(id), batch_(std::move(batch)), callbacks_(std::move(callbacks)) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (!error) socket.Release();
  closed_ = error.failed();
}

void UdpPeerSocket::Start(Bytes first) {
  boost::asio::post(socket_.get_executor(),
                    [self = shared_from_this(), first = std::move(first)]() mutable {
                      if (self->closed_) return self->callbacks_.on_lost(self->id_);
                      self->callbacks_.on_packet(self->id_, first, Clock::now());
                      if (!self->closed_) self->callbacks_.on_batch();
                      if (!self->closed_) self->Wait();
                    });
}

void UdpPeerSocket::Send(ByteView packet) {
  if (closed_) return;
  // An error that an earlier datagram has brought back stands before the next one.
  for (int tries = 0; tries < 2; ++tries) {
    if (send(socket_.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT) >= 0 ||
        errno == EAGAIN) {
      return;
    }
  }
}

void UdpPeerSocket::Close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void UdpPeerSocket::Wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (error || self->closed_) return;
                       self->ReadAll();
                       if (!self->closed_) self->Wait();
                     });
}

void UdpPeerSocket::ReadAll() {
  for (int read = 0; read < kReadsATurn; ++read) {
    const std::size_t count = batch_->Receive(socket_.native_handle());
    if (count == 0 && errno == EAGAIN) break;
    const ArrivalClock clock(Clock::now(), WallClock::now());
    for (std::size_t i = 0; i < count; ++i) {
      const net::DatagramBatch::Datagram datagram = batch_->at(i);
      callbacks_.on_packet(id_, datagram.bytes, clock.At(datagram.stamp));
      if (closed_) return;
    }
    if (count > 0 && count < net::DatagramBatch::kMaxDatagrams) break;
  }
  callbacks_.on_batch();
}

}  // namespace ingress::whip_transport
