#include "input/whip/mux/udp_mux.h"

#include "net/await.h"
#include "net/peer_name.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using net::kAwait;

stun::TransportAddress AddressOf(const udp::endpoint& remote) {
  return {.ip = net::AddressOf({remote.address(), remote.port()}), .port = remote.port()};
}

}  // namespace

UdpMux::UdpMux(const asio::any_io_executor& executor, ice_lite::Registry& registry,
               Callbacks callbacks)
    : executor_(executor),
      registry_(registry),
      callbacks_(std::move(callbacks)),
      tasks_(executor) {}

Result<void> UdpMux::Listen(const udp::endpoint& local) {
  auto opened = UdpPort::Open(local);
  if (!opened) return std::unexpected(std::move(opened.error()));
  Port& port = ports_.emplace_back(executor_, std::move(*opened));
  boost::system::error_code error;
  port.readable.assign(port.port.fd(), error);
  if (!error) return {};
  ports_.pop_back();
  return Fail(ErrorCode::kInternal, "UDP port: " + error.message());
}

std::vector<udp::endpoint> UdpMux::addresses() const {
  std::vector<udp::endpoint> all;
  for (const Port& port : ports_) all.push_back(port.port.local());
  return all;
}

void UdpMux::Start() {
  for (Port& port : ports_) tasks_.Spawn(Serve(port));
}

asio::awaitable<void> UdpMux::Stop() {
  stopping_ = true;
  for (Port& port : ports_) port.readable.release();  // ends the wait; UdpPort closes the socket
  co_await tasks_.Join();
  ports_.clear();
}

asio::awaitable<void> UdpMux::Serve(Port& port) {
  while (!stopping_) {
    const auto [error] =
        co_await port.readable.async_wait(asio::posix::stream_descriptor::wait_read, kAwait);
    if (error || stopping_) co_return;
    ReadSome(port.port);  // one batch a turn: a flood leaves the loop to others
  }
}

void UdpMux::ReadSome(const UdpPort& port) {
  const std::size_t count = batch_->Receive(port.fd());
  for (std::size_t i = 0; i < count; ++i) {
    OnDatagram(port, batch_->at(i).bytes, batch_->remote(i));
  }
}

void UdpMux::OnDatagram(const UdpPort& port, ByteView datagram, const udp::endpoint& remote) {
  const auto session = registry_.Identify(datagram);
  if (!session) return;  // counted there; no answer, whoever it was
  if (!throttle_.Allow(*session, AddressOf(remote), Clock::now())) {
    ++throttled_;
    return;
  }
  auto socket = port.ConnectTo(remote);
  if (!socket) return callbacks_.on_failure(std::move(socket.error()));
  ++peers_;
  callbacks_.on_peer({.session = *session,
                      .socket = std::move(*socket),
                      .tcp = false,
                      .received = {datagram.begin(), datagram.end()},
                      .address = net::NameOf(remote.address(), remote.port())});
}

}  // namespace ingress::input
