#include "whip_transport/tcp_peer_socket.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace ingress::whip_transport {
namespace {

namespace asio = boost::asio;

asio::ip::tcp FamilyOf(int socket) {
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size);
  return local.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
}

}  // namespace

TcpPeerSocket::TcpPeerSocket(const asio::any_io_executor& executor, ice_lite::PairId id,
                             UniqueFd socket, Callbacks callbacks)
    : socket_(executor), id_(id), callbacks_(std::move(callbacks)) {
  boost::system::error_code error;
  socket_.assign(FamilyOf(socket.get()), socket.get(), error);
  if (!error) socket.Release();
  closed_ = error.failed();
}

void TcpPeerSocket::Start(Bytes received) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), received = std::move(received)] {
    if (self->closed_) return self->callbacks_.on_lost(self->id_);
    if (self->TakeStream(received)) self->Read();
  });
}

void TcpPeerSocket::Send(ByteView packet) {
  if (closed_ || waiting_.size() + packet.size() > kMaxWaiting) return;
  ice_lite::AppendTcpFrame(packet, waiting_);
  if (writing_.empty()) Write();
}

void TcpPeerSocket::Close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void TcpPeerSocket::Read() {
  socket_.async_read_some(
      asio::buffer(buffer_),
      [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
        if (self->closed_) return;
        if (error) return self->Lose();
        if (self->TakeStream(ByteView(self->buffer_).first(size))) self->Read();
      });
}

bool TcpPeerSocket::TakeStream(ByteView bytes) {
  const TimePoint arrival = Clock::now();
  frames_.Receive(bytes);
  while (true) {
    auto packet = frames_.Next();
    if (!packet) {
      Lose();
      return false;
    }
    if (!*packet) break;
    callbacks_.on_packet(id_, **packet, arrival);
    if (closed_) return false;
  }
  callbacks_.on_batch();
  return !closed_;
}

void TcpPeerSocket::Write() {
  writing_ = std::exchange(waiting_, {});
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      if (self->closed_) return;
                      if (error) return self->Lose();
                      self->writing_.clear();
                      if (!self->waiting_.empty()) self->Write();
                    });
}

void TcpPeerSocket::Lose() { callbacks_.on_lost(id_); }

}  // namespace ingress::whip_transport
