#include "input/rtmp/listener.h"

#include <algorithm>
#include <string>
#include <utility>

#include "input/rtmp/publish.h"
#include "input/rtmp/refusal.h"
#include "net/address_group.h"
#include "net/deadline.h"
#include "net/listen.h"
#include "net/peer_name.h"
#include "net/read_proxy_header.h"
#include "net/tcp_stream.h"
#include "net/tls_stream.h"
#include "rtmp/connection.h"
#include "rtmp/handshake.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t kRoomAtOnce = 16;  // connections that are closed for want of descriptors
constexpr auto kProxyHeaderWithin = 5s;  // a balancer sends it with its first segment
constexpr auto kTlsHandshakeWithin = 10s;

ConnectionTable::Limits LimitsOf(const config::Config& config) {
  return {.connections = config.limits.connections,
          .per_address = config.limits.connections_per_address};
}

/// Why a PROXY header is not taken. `before`: one was read already.
std::string_view HintForHeader(bool before) {
  return before ? ": the second one of this connection; let one balancer of the chain send it, the "
                  "one that sees the encoder"
                : " from an address that rtmp_proxy_protocol does not name; add the balancer's "
                  "network there, or let the balancer send none";
}

/// What helps an encoder that has begun with `first` on the port of TLS.
std::string_view HintFor(std::optional<std::uint8_t> first) {
  constexpr std::uint8_t kRtmp = 3;
  constexpr std::uint8_t kTls = 0x16;
  if (first == kRtmp) {
    return ": plain RTMP on the RTMPS port; the encoder's URL must begin with rtmps://, or use the "
           "port of rtmp_port";
  }
  return first && first != kTls ? "; the encoder's URL must begin with rtmps://" : "";
}

/// A connection that says nothing is a port check or a health probe, and no error.
Result<void> Ordinary(Error error) {
  if (error.code == ErrorCode::kClosed && error.context == net::kClosedWithoutAWord) return {};
  return std::unexpected(std::move(error));
}

}  // namespace

RtmpListener::RtmpListener(Node& node)
    : node_(node),
      table_(LimitsOf(node.config),
             [&node](Limit limit, const std::string& address) {
               node.limits.Strike(limit, address, Clock::now());
             }),
      tasks_(node.executor) {}

Result<void> RtmpListener::Listen(std::uint16_t port, Transport transport) {
  auto acceptor = net::ListenOnAll(node_.executor, port);
  if (!acceptor) return std::unexpected(acceptor.error());
  ports_.push_back(
      {.acceptor = net::Acceptor(std::move(*acceptor), &node_.strangers), .transport = transport});
  return {};
}

void RtmpListener::Start() {
  for (Port& port : ports_) {
    tasks_.Spawn(port.acceptor.Run(
        {.on_connection = [this, transport = port.transport](
                              tcp::socket socket) { Accept(std::move(socket), transport); },
         .on_error = [this](boost::system::error_code error) { RecoverFrom(error); }}));
  }
}

asio::awaitable<void> RtmpListener::Stop() {
  stopping_ = true;
  for (Port& port : ports_) port.acceptor.Close();
  for (const Client& client : clients_) client.close(Failure(FailureCode::kShuttingDown));
  co_await tasks_.Join();
}

void RtmpListener::Accept(tcp::socket socket, Transport transport) {
  table_.SetLimits(LimitsOf(node_.config));          // they may have been read again
  if (!KeepReserve(socket.native_handle())) return;  // the socket closes here
  tasks_.Spawn(Serve(std::move(socket), transport));
}

void RtmpListener::RecoverFrom(boost::system::error_code error) {
  node_.metrics.accept_failures.Increment();
  const bool exhausted = error == asio::error::no_descriptors ||
                         error == boost::system::errc::too_many_files_open_in_system;
  if (exhausted && table_.strangers() > 0) {
    table_.MakeRoom(kRoomAtOnce, Clock::now());
  } else if (exhausted) {
    node_.limits.Strike(Limit::kDescriptors, "", Clock::now());
    table_.OnRefused(Clock::now());
  } else if (node_.limits.AllowLine(Clock::now())) {
    node_.logger.Warn("accept failed", {{"error", error.message()}});
  }
}

/// Keeps descriptors for sessions and probes: strangers go for a newcomer, or else the newcomer.
bool RtmpListener::KeepReserve(int fd) {
  const std::size_t excess = node_.descriptors.Excess(fd);
  if (excess == 0) return true;
  if (table_.strangers() > 0) {
    table_.MakeRoom(excess, Clock::now());
    return true;
  }
  node_.limits.Strike(Limit::kDescriptors, "", Clock::now());
  table_.OnRefused(Clock::now());
  return false;
}

asio::awaitable<void> RtmpListener::Serve(tcp::socket socket, Transport transport) {
  boost::system::error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone) co_return;
  const auto client = clients_.emplace(clients_.end());
  ConnectionPlace place(table_, net::AddressGroup(remote.address()), [client] { client->abort(); });
  if (place.taken()) {
    std::string peer = net::NameOf(remote);
    const bool balancer = SendsHeader(remote);
    const Result<void> end =
        co_await ServeAt(place, std::move(socket), transport, balancer, peer, *client);
    if (!end && !stopping_) TellEnd(place, peer, end.error());
  }
  clients_.erase(client);
}

/// Goes through what comes before RTMP, then RTMP. `peer`: becomes the encoder's, where a balancer
/// says it.
asio::awaitable<Result<void>> RtmpListener::ServeAt(ConnectionPlace& place, tcp::socket socket,
                                                    Transport transport, bool balancer,
                                                    std::string& peer, Client& client) {
  client.abort = [&socket] {
    boost::system::error_code ignored;
    socket.close(ignored);
  };
  client.close = [&client](const Failure&) { client.abort(); };
  const auto source = co_await ReadSource(socket, balancer);
  if (!source) co_return Ordinary(source.error());
  if (*source) {
    peer = net::NameOf(**source);
    place.SetAddress(net::AddressGroup((*source)->address()));
    if (!socket.is_open()) co_return Result<void>{};  // that address has too many
  }
  if (transport == Transport::kPlain) {
    auto plain = std::make_unique<net::TcpStream>(std::move(socket));
    auto end = co_await RunRtmp(std::move(plain), peer, place, client);
    if (!end && end.error().context == rtmp::kProxyHeaderHere) {
      end.error().context += HintForHeader(balancer);
    }
    co_return end;
  }
  auto stream =
      std::make_unique<net::TlsStream>(std::move(socket), certificate_->server(),
                                       [&place](std::size_t bytes) { place.SetTlsMemory(bytes); });
  client = {.close = [&stream](const Failure&) { stream->Close(); },
            .abort = [&stream] { stream->Abort(); }};
  auto handshake =
      stream->Handshake(node_.strangers, place.address(), [&place] { place.OnProgress(); });
  auto shaken = co_await net::WithDeadline(kTlsHandshakeWithin, std::move(handshake), "TLS");
  if (!shaken) {
    const auto first = stream->first_byte();
    const bool header = first == 'P' || first == '\r';
    shaken.error().context += header ? ": HTTP, or a PROXY header" : HintFor(first);
    if (header) shaken.error().context += HintForHeader(balancer);
    co_return Ordinary(std::move(shaken.error()));
  }
  place.OnProgress();
  co_return co_await RunRtmp(std::move(stream), peer, place, client);
}

/// Whether it comes from a balancer, which begins with a PROXY header.
bool RtmpListener::SendsHeader(const tcp::endpoint& remote) const {
  const auto contains = [address = net::AddressOf(remote)](const IpNetwork& network) {
    return network.Contains(address);
  };
  return std::ranges::any_of(node_.config.proxy_protocol_from, contains);
}

/// Whom a balancer names in its PROXY header; empty for who connects without a balancer.
asio::awaitable<Result<std::optional<tcp::endpoint>>> RtmpListener::ReadSource(tcp::socket& socket,
                                                                               bool balancer) {
  if (!balancer) co_return std::nullopt;
  auto source =
      co_await net::WithDeadline(kProxyHeaderWithin, net::ReadProxyHeader(socket), "PROXY header");
  if (!source && source.error().code == ErrorCode::kUnsupported) {
    source.error().context +=
        "; rtmp_proxy_protocol names this address as a balancer's: let the balancer send the "
        "header (HAProxy: send-proxy-v2), or take the address out";
  }
  co_return source;
}

asio::awaitable<Result<void>> RtmpListener::RunRtmp(std::unique_ptr<net::ByteStream> stream,
                                                    std::string peer, ConnectionPlace& place,
                                                    Client& client) {
  // The publish steers the connection that it belongs to; the slot joins the two.
  rtmp::Connection* slot = nullptr;
  const auto close = [&slot](const Failure& failure) {
    if (slot == nullptr) return;
    const rtmp::Refusal refusal = RtmpRefusal(failure);
    slot->Close(refusal.code, refusal.description);
  };
  const auto set_batch_interval = [&slot](std::chrono::milliseconds interval) {
    if (slot != nullptr) slot->SetBatchInterval(interval);
  };
  RtmpPublish publish(node_, place, {.close = close, .set_batch_interval = set_batch_interval});
  rtmp::Connection connection(std::move(stream),
                              {.name = std::move(peer), .address = place.address()}, publish,
                              node_.strangers);
  slot = &connection;
  client = {.close = close, .abort = [&connection] { connection.Abort(); }};
  Result<void> end = co_await connection.Run();
  slot = nullptr;
  client = {.close = [](const Failure&) {}, .abort = [] {}};
  co_return end;
}

void RtmpListener::TellEnd(const ConnectionPlace& place, const std::string& peer,
                           const Error& error) {
  const TimePoint now = Clock::now();
  if (place.stranger()) {
    if (error.code == ErrorCode::kLimitExceeded) {
      node_.limits.Strike(Limit::kConnectionBytes, peer, now);
    }
    if (!node_.limits.AllowLine(now)) return;
  }
  node_.logger.Warn("RTMP connection ended", {{"peer", peer}, {"error", error}});
}

}  // namespace ingress::input
