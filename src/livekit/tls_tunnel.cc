#include "livekit/tls_tunnel.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "dial/dial.h"
#include "net/await.h"
#include "net/listen.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using dial::TlsStream;

using net::kAwait;
constexpr std::size_t kChunk = 16 * 1024;

}  // namespace

/// One local connection and its continuation over TLS.
class TlsTunnel::Connection : public std::enable_shared_from_this<TlsTunnel::Connection> {
 public:
  explicit Connection(tcp::socket local) : local_(std::move(local)) {}

  /// Carries bytes until either end closes.
  asio::awaitable<void> Run(std::shared_ptr<TlsTunnel> tunnel) {
    const auto self = shared_from_this();
    auto tls = co_await Dial(tunnel->server_);
    if (!closed_) {
      tunnel->failure_ = tls ? std::string() : tls.error().context;
      if (tls) {
        remote_ = std::move(*tls);
        asio::co_spawn(local_.get_executor(), Upwards(), [self](const std::exception_ptr& error) {
          if (error) std::rethrow_exception(error);
        });
        co_await Downwards();
      }
    }
    Close();
    tunnel->connections_.erase(self);
  }

  void Close() {
    closed_ = true;
    boost::system::error_code ignored;
    local_.close(ignored);
    if (remote_) remote_->next_layer().close();
  }

 private:
  static asio::awaitable<Result<std::unique_ptr<TlsStream>>> Dial(ServerAddress server) {
    auto tcp = co_await dial::DialTcp(server);
    if (!tcp) co_return std::unexpected(tcp.error());
    co_return co_await dial::DialTls(std::move(*tcp), server);
  }

  asio::awaitable<void> Upwards() {
    const auto self = shared_from_this();
    std::array<std::uint8_t, kChunk> buffer;
    while (!closed_) {
      auto [read_error, size] = co_await local_.async_read_some(asio::buffer(buffer), kAwait);
      if (read_error) break;
      auto [write_error, written] =
          co_await asio::async_write(*remote_, asio::buffer(buffer.data(), size), kAwait);
      if (write_error) break;
    }
    Close();
  }

  asio::awaitable<void> Downwards() {
    std::array<std::uint8_t, kChunk> buffer;
    while (!closed_) {
      auto [read_error, size] = co_await remote_->async_read_some(asio::buffer(buffer), kAwait);
      if (read_error) break;
      auto [write_error, written] =
          co_await asio::async_write(local_, asio::buffer(buffer.data(), size), kAwait);
      if (write_error) break;
    }
  }

  tcp::socket local_;
  std::unique_ptr<TlsStream> remote_;
  bool closed_ = false;
};

TlsTunnel::TlsTunnel(tcp::acceptor acceptor, ServerAddress server)
    : server_(std::move(server)), acceptor_(std::move(acceptor)) {}

Result<std::shared_ptr<TlsTunnel>> TlsTunnel::Open(asio::any_io_executor executor,
                                                   ServerAddress server) {
  auto acceptor = net::ListenOn(executor, "127.0.0.1", 0);
  if (!acceptor) return Wrap("tls tunnel", std::move(acceptor.error()));
  std::shared_ptr<TlsTunnel> tunnel(new TlsTunnel(std::move(*acceptor), std::move(server)));
  // The tunnel is there until Run() is over, and what Run() keeps of it goes with it.
  const auto on_connection = [&one = *tunnel](tcp::socket local) { one.Accept(std::move(local)); };
  asio::co_spawn(executor, tunnel->acceptor_.Run({.on_connection = on_connection}),
                 [tunnel](const std::exception_ptr& error) {
                   if (error) std::rethrow_exception(error);
                 });
  return tunnel;
}

void TlsTunnel::Accept(tcp::socket local) {
  if (connections_.size() >= kMaxConnections) return;
  auto connection = std::make_shared<Connection>(std::move(local));
  connections_.insert(connection);
  asio::co_spawn(acceptor_.executor(), connection->Run(shared_from_this()),
                 [connection](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
}

void TlsTunnel::Close() {
  acceptor_.Close();
  for (const auto& connection : connections_) connection->Close();
}

}  // namespace ingress::livekit
