#include "relay/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "net/await.h"
#include "net/peer_name.h"
#include "net/task_scope.h"
#include "relay/feed_state.h"
#include "relay/reader_session.h"

namespace ingress::relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

using net::kAwait;

// Out of descriptors, as a rule; they come back when other connections end.
constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

class Server::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Options options)
      : options_(std::move(options)), acceptor_(executor), pause_(executor), scope_(executor) {}

  Result<void> Listen() {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options_.port);
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) port_ = acceptor_.local_endpoint(ec).port();
    if (!ec) return {};
    return Fail(ErrorCode::kUnavailable, ec.message());
  }

  asio::awaitable<void> Run() {
    while (!stopped_) {
      if (options_.throttle != nullptr) co_await options_.throttle->Rest();
      auto [ec, socket] = co_await acceptor_.async_accept(kAwait);
      if (stopped_) break;
      if (ec) {
        pause_.expires_after(kAcceptPause);
        co_await pause_.async_wait(kAwait);
        continue;
      }
      if (options_.throttle != nullptr)
        options_.throttle->Charge(net::StepThrottle::kConnectionCost);
      Accept(std::move(socket));
    }
    co_await scope_.Join();
  }

  void Stop() {
    stopped_ = true;
    pause_.cancel();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (ReaderSession* session : sessions_) session->Close();
  }

  std::uint16_t port() const { return port_; }
  const Options& options() const { return options_; }
  const std::shared_ptr<Registry>& registry() const { return registry_; }

 private:
  using Number = std::uint64_t;  // rising

  void Accept(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (scope_.running() >= options_.max_connections) {
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(kBusy), ignored);
      return;
    }
    socket.set_option(asio::socket_base::send_buffer_size(options_.send_buffer), ignored);
    if (strangers_.size() >= options_.max_strangers) {
      if (options_.on_crowded) options_.on_crowded(net::PeerName(socket));
      strangers_.extract(strangers_.begin()).mapped()->Close();
    }
    scope_.Spawn(Serve(std::move(socket)));
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    const Number number = ++last_number_;
    ReaderSession session(std::move(socket), registry_,
                          {.request = options_.request_deadline, .write = options_.write_deadline},
                          options_.throttle, [this, number] { strangers_.erase(number); });
    sessions_.insert(&session);
    strangers_.emplace(number, &session);
    if (stopped_) session.Close();
    co_await session.Run();
    strangers_.erase(number);
    sessions_.erase(&session);
  }

  Options options_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::shared_ptr<Registry> registry_ = std::make_shared<Registry>();
  std::set<ReaderSession*> sessions_;           // each on the frame of its Serve()
  std::map<Number, ReaderSession*> strangers_;  // of them, the oldest first
  Number last_number_ = 0;
  net::TaskScope scope_;
};

Result<std::unique_ptr<Server>> Server::Make(const asio::any_io_executor& executor,
                                             Options options) {
  auto impl = std::make_unique<Impl>(executor, std::move(options));
  if (Result<void> listening = impl->Listen(); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port(); }

std::string Server::Url(const std::string& resource_id, const std::string& token) const {
  return "http://127.0.0.1:" + std::to_string(port()) + "/rtmp/" + resource_id + "?token=" + token;
}

asio::awaitable<void> Server::Run() { return impl_->Run(); }

void Server::Stop() { impl_->Stop(); }

std::unique_ptr<Feed> Server::Open(std::string resource_id, std::string token) {
  return std::make_unique<Feed>(
      std::make_shared<FeedState>(std::move(resource_id), std::move(token),
                                  impl_->options().buffer),
      impl_->registry());
}

}  // namespace ingress::relay
