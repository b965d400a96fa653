#include "relay/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "net/acceptor.h"
#include "net/listen.h"
#include "net/peer_name.h"
#include "net/task_scope.h"
#include "relay/feed_state.h"
#include "relay/reader_session.h"

namespace ingress::relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view kLoopback = "127.0.0.1";
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

class Server::Impl {
 public:
  Impl(tcp::acceptor acceptor, Options options)
      : options_(std::move(options)),
        acceptor_(std::move(acceptor), options_.throttle),
        scope_(acceptor_.executor()) {}

  asio::awaitable<void> Run() {
    co_await acceptor_.Run(
        {.on_connection = [this](tcp::socket socket) { Accept(std::move(socket)); }});
    co_await scope_.Join();
  }

  void Stop() {
    stopped_ = true;
    acceptor_.Close();
    for (ReaderSession* session : sessions_) session->Close();
  }

  std::uint16_t port() const { return acceptor_.port(); }
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
  net::Acceptor acceptor_;
  bool stopped_ = false;
  std::shared_ptr<Registry> registry_ = std::make_shared<Registry>();
  std::set<ReaderSession*> sessions_;           // each on the frame of its Serve()
  std::map<Number, ReaderSession*> strangers_;  // of them, the oldest first
  Number last_number_ = 0;
  net::TaskScope scope_;
};

Result<std::unique_ptr<Server>> Server::Make(const asio::any_io_executor& executor,
                                             Options options) {
  auto acceptor = net::ListenOn(executor, std::string(kLoopback), options.port);
  if (!acceptor) return std::unexpected(std::move(acceptor.error()));
  return std::unique_ptr<Server>(
      new Server(std::make_unique<Impl>(std::move(*acceptor), std::move(options))));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port(); }

std::string Server::Url(const std::string& resource_id, const std::string& token) const {
  return "http://" + std::string(kLoopback) + ":" + std::to_string(port()) + "/rtmp/" +
         resource_id + "?token=" + token;
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
