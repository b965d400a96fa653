#include "service/rtmp_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "net/peer_name.h"
#include "service/publisher.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kPauseAfterError = 100ms;  // out of descriptors: let some be closed

/// Binds both families on one socket, or IPv4 alone on a host without IPv6.
boost::system::error_code Bind(tcp::acceptor& acceptor, std::uint16_t port) {
  boost::system::error_code error;
  tcp::endpoint endpoint(tcp::v6(), port);
  if (acceptor.open(endpoint.protocol(), error); error) {
    endpoint = {tcp::v4(), port};
    if (acceptor.open(endpoint.protocol(), error); error) return error;
  } else {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (acceptor.bind(endpoint, error); error) return error;
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

}  // namespace

Result<std::unique_ptr<RtmpListener>> RtmpListener::Make(Context& context, std::uint16_t port) {
  tcp::acceptor acceptor(context.executor);
  if (const auto error = Bind(acceptor, port); error) {
    return Fail(ErrorCode::kUnavailable, "rtmp_port " + std::to_string(port) + ": " +
                                             error.message() +
                                             "; is another server using it already?");
  }
  return std::unique_ptr<RtmpListener>(new RtmpListener(context, std::move(acceptor)));
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
