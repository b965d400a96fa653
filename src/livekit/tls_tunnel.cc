#include "livekit/tls_tunnel.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "dial/dial.h"
#include "net/await.h"

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

TlsTunnel::TlsTunnel(asio::any_io_executor executor, ServerAddress server)
    : executor_(executor), server_(std::move(server)), acceptor_(executor) {}

Result<std::shared_ptr<TlsTunnel>> TlsTunnel::Open(asio::any_io_executor executor,
                                                   ServerAddress server) {
  std::shared_ptr<TlsTunnel> tunnel(new TlsTunnel(executor, std::move(server)));
  if (auto listening = tunnel->Listen(); !listening) return std::unexpected(listening.error());
  asio::co_spawn(executor, tunnel->Accept(), [tunnel](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  return tunnel;
}

Result<void> TlsTunnel::Listen() {
  boost::system::error_code error;
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.bind({asio::ip::address_v4::loopback(), 0}, error);
  if (!error) acceptor_.listen(static_cast<int>(kMaxConnections), error);
  if (error) return Fail(ErrorCode::kUnavailable, "tls tunnel: " + error.message());
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

asio::awaitable<void> TlsTunnel::Accept() {
  while (acceptor_.is_open()) {
    auto [error, local] = co_await acceptor_.async_accept(kAwait);
    if (error) break;
    if (connections_.size() >= kMaxConnections) continue;
    auto connection = std::make_shared<Connection>(std::move(local));
    connections_.insert(connection);
    asio::co_spawn(executor_, connection->Run(shared_from_this()),
                   [connection](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                   });
  }
}

void TlsTunnel::Close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& connection : connections_) connection->Close();
}

}  // namespace ingress::livekit
