#include "service/rtmp_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "net/address_group.h"
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
constexpr std::size_t kRoomAtOnce = 16;   // connections that are closed then

ConnectionTable::Limits LimitsOf(const config::Config& config) {
  return {.connections = config.limits.connections,
          .per_address = config.limits.connections_per_address};
}

}  // namespace

Result<std::unique_ptr<RtmpListener>> RtmpListener::Make(Context& context, std::uint16_t port,
                                                         DescriptorBudget descriptors) {
  auto acceptor = net::ListenOnAll(context.executor, port);
  if (!acceptor) return std::unexpected(acceptor.error());
  return std::unique_ptr<RtmpListener>(
      new RtmpListener(context, std::move(*acceptor), descriptors));
}

RtmpListener::RtmpListener(Context& context, tcp::acceptor acceptor, DescriptorBudget descriptors)
    : context_(context),
      acceptor_(std::move(acceptor)),
      descriptors_(descriptors),
      table_(LimitsOf(context.config),
             [&context](Limit limit, const std::string& address) {
               context.limits.Strike(limit, address, Clock::now());
             }),
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
      co_await RecoverFrom(error);
      continue;
    }
    table_.SetLimits(LimitsOf(context_.config));         // they may have been read again
    if (!KeepReserve(socket.native_handle())) continue;  // the socket closes here
    ++served_;
    tasks_.Spawn(Serve(std::move(socket)));
  }
}

asio::awaitable<void> RtmpListener::RecoverFrom(boost::system::error_code error) {
  context_.metrics.accept_failures.Increment();
  const bool exhausted = error == asio::error::no_descriptors ||
                         error == boost::system::errc::too_many_files_open_in_system;
  if (exhausted && table_.strangers() > 0) {
    table_.MakeRoom(kRoomAtOnce, Clock::now());
  } else if (exhausted) {
    context_.limits.Strike(Limit::kDescriptors, "", Clock::now());
    table_.OnRefused(Clock::now());
  } else if (context_.limits.AllowLine(Clock::now())) {
    context_.logger.Warn("accept failed", {{"error", error.message()}});
  }
  pause_.expires_after(kPauseAfterError);
  co_await pause_.async_wait(kAwait);
}

/// Keeps descriptors for sessions and probes: strangers go for a newcomer, or else the newcomer.
bool RtmpListener::KeepReserve(int fd) {
  const std::size_t excess = descriptors_.Excess(fd);
  if (excess == 0) return true;
  if (table_.strangers() > 0) {
    table_.MakeRoom(excess, Clock::now());
    return true;
  }
  context_.limits.Strike(Limit::kDescriptors, "", Clock::now());
  table_.OnRefused(Clock::now());
  return false;
}

asio::awaitable<void> RtmpListener::Serve(tcp::socket socket) {
  boost::system::error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone) co_return;
  const std::string peer = net::NameOf(remote);
  // The publisher closes the connection it belongs to; the slot joins the two.
  rtmp::Connection* slot = nullptr;
  ConnectionPlace place(table_, net::AddressGroup(remote.address()), [&slot] {
    if (slot != nullptr) slot->Abort();
  });
  if (!place.taken()) co_return;
  Publisher publisher(context_, place, [&slot](const Failure& failure) {
    if (slot != nullptr) slot->Close(std::string(failure.rtmp_status()), failure.Message());
  });
  rtmp::Connection connection(std::move(socket), peer, publisher);
  slot = &connection;
  const auto entry = connections_.insert(connections_.end(), &connection);
  const Result<void> end = co_await connection.Run();
  connections_.erase(entry);
  slot = nullptr;
  if (!end && !stopping_) TellEnd(place, peer, end.error());
}

void RtmpListener::TellEnd(const ConnectionPlace& place, const std::string& peer,
                           const Error& error) {
  const TimePoint now = Clock::now();
  if (place.stranger()) {
    if (error.code == ErrorCode::kLimitExceeded) {
      context_.limits.Strike(Limit::kConnectionBytes, peer, now);
    }
    if (!context_.limits.AllowLine(now)) return;
  }
  context_.logger.Warn("RTMP connection ended", {{"peer", peer}, {"error", error}});
}

}  // namespace ingress::service
