#include "input/whip/mux/tcp_mux.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>

#include "ice_lite/tcp_framing.h"
#include "net/await.h"
#include "net/deadline.h"
#include "net/peer_name.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using net::kAwait;

}  // namespace

TcpMux::TcpMux(const asio::any_io_executor& executor, ice_lite::Registry& registry, OnPeer on_peer)
    : executor_(executor), registry_(registry), on_peer_(std::move(on_peer)), tasks_(executor) {}

void TcpMux::Add(tcp::acceptor acceptor) { ports_.emplace_back(std::move(acceptor)); }

std::vector<tcp::endpoint> TcpMux::addresses() const {
  std::vector<tcp::endpoint> all;
  for (const net::Acceptor& port : ports_) all.push_back(port.endpoint());
  return all;
}

void TcpMux::Start() {
  for (net::Acceptor& port : ports_) {
    tasks_.Spawn(port.Run(
        {.on_connection = [this](Socket socket) { tasks_.Spawn(Serve(std::move(socket))); }}));
  }
}

asio::awaitable<void> TcpMux::Stop() {
  for (net::Acceptor& port : ports_) port.Close();
  boost::system::error_code ignored;
  for (Socket& stranger : strangers_) stranger.close(ignored);
  co_await tasks_.Join();
}

/// Passes over those that are closed already: they are about to leave the list.
void TcpMux::MakeRoom() {
  if (strangers_.size() < kMaxStrangers) return;
  const auto open = [](const Socket& socket) { return socket.is_open(); };
  if (std::ranges::count_if(strangers_, open) < std::ptrdiff_t{kMaxStrangers}) return;
  boost::system::error_code ignored;
  std::ranges::find_if(strangers_, open)->close(ignored);
}

asio::awaitable<void> TcpMux::Serve(Socket accepted) {
  MakeRoom();
  const auto stranger = strangers_.insert(strangers_.end(), std::move(accepted));
  Bytes received;
  const auto packet = co_await net::WithDeadline(
      kFirstPacketWithin, ReadFirstPacket(*stranger, received), "ICE over TCP");
  if (!packet || !HandOver(*stranger, *packet, std::move(received))) ++refused_;
  strangers_.erase(stranger);
}

/// `received`: all bytes that were read, with the packet at their beginning.
asio::awaitable<Result<Bytes>> TcpMux::ReadFirstPacket(Socket& socket, Bytes& received) {
  ice_lite::TcpFrameReader frames;
  std::array<std::uint8_t, 2048> chunk{};
  while (true) {
    const auto [error, size] = co_await socket.async_read_some(asio::buffer(chunk), kAwait);
    if (error) co_return Fail(ErrorCode::kClosed, "ICE over TCP: " + error.message());
    const ByteView bytes = ByteView(chunk).first(size);
    received.insert(received.end(), bytes.begin(), bytes.end());
    frames.Receive(bytes);
    auto packet = frames.Next();
    if (!packet) co_return std::unexpected(std::move(packet.error()));
    if (*packet) co_return std::move(**packet);
  }
}

bool TcpMux::HandOver(Socket& socket, ByteView packet, Bytes received) {
  const auto session = registry_.Identify(packet);
  boost::system::error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (!session || error) return false;
  if (!throttle_.Allow(*session, {.ip = net::AddressOf(remote), .port = remote.port()},
                       Clock::now()))
    return false;
  UniqueFd released(socket.release(error));
  if (error) return false;
  ++peers_;
  on_peer_({.session = *session,
            .socket = std::move(released),
            .tcp = true,
            .received = std::move(received),
            .address = net::NameOf(remote)});
  return true;
}

}  // namespace ingress::input
