#include "service/rtmp_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "net/listen.h"
#include "net/peer_name.h"
#include "service/publisher.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kPauseAfterError = 100ms;  // out of descriptors: let some be closed

}  // namespace

Result<std::unique_ptr<RtmpListener>> RtmpListener::Make(Context& context, std::uint16_t port) {
  auto acceptor = net::ListenOnAll(context.executor, port);
  if (!acceptor) return std::unexpected(acceptor.error());
  return std::unique_ptr<RtmpListener>(new RtmpListener(context, std::move(*acceptor)));
}

RtmpListener::RtmpListener(Context& context, tcp::acceptor acceptor)
    : context_(context),
      acceptor_(std::move(acceptor)),
      pause_(context.executor),
      tasks_(context.executor) {}

std::uint16_t RtmpListener::port() const {
  boost::system::error_code error;
  return acceptor_.local_endpoint(error).port();
}

void RtmpListener::Start() { tasks_.Spawn(Accept()); }

asio::awaitable<void> RtmpListener::Stop() {
  stopping_ = true;
  boost::system::error_code error;
  acceptor_.close(error);
  pause_.cancel();
  for (rtmp::Connection* connection : connections_) {
    const Failure failure(FailureCode::kShuttingDown);
    connection->Close(std::string(failure.rtmp_status()), failure.Message());
  }
  co_await tasks_.Join();
}

asio::awaitable<void> RtmpListener::Accept() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      context_.logger.Warn("accept failed", {{"error", error.message()}});
      pause_.expires_after(kPauseAfterError);
      co_await pause_.async_wait(kAwait);
      continue;
    }
    if (connections_.size() >= kMaxConnections) {
      context_.logger.Warn("too many RTMP connections, one refused",
                           {{"peer", net::PeerName(socket)}, {"limit", kMaxConnections}});
      continue;  // the socket closes here
    }
    ++served_;
    tasks_.Spawn(Serve(std::move(socket)));
  }
}

asio::awaitable<void> RtmpListener::Serve(tcp::socket socket) {
  const std::string peer = net::PeerName(socket);
  // The publisher closes the connection it belongs to; the slot joins the two.
  rtmp::Connection* slot = nullptr;
  Publisher publisher(context_, [&slot](const Failure& failure) {
    if (slot != nullptr) slot->Close(std::string(failure.rtmp_status()), failure.Message());
  });
  rtmp::Connection connection(std::move(socket), publisher);
  slot = &connection;
  const auto entry = connections_.insert(connections_.end(), &connection);
  const Result<void> end = co_await connection.Run();
  connections_.erase(entry);
  slot = nullptr;
  if (!end && !stopping_) {
    context_.logger.Warn("RTMP connection ended", {{"peer", peer}, {"error", end.error()}});
  }
}

}  // namespace ingress::service
