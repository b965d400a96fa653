#include "service/sfu_probe.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "base/ids.h"
#include "net/backoff.h"
#include "net/deadline.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kConnectWithin = 3s;
constexpr auto kCheckEvery = 30s;  // while all is well

}  // namespace

SfuProbe::SfuProbe(const asio::any_io_executor& executor, std::string url,
                   observability::Logger logger)
    : executor_(executor),
      url_(std::move(url)),
      logger_(std::move(logger)),
      tasks_(executor),
      pause_(executor),
      status_("livekit-server at " + observability::RedactUrl(url_) + ": not tried yet") {}

void SfuProbe::Start() { tasks_.Spawn(Run()); }

asio::awaitable<void> SfuProbe::Stop() {
  stopping_ = true;
  pause_.cancel();
  co_await tasks_.Join();
}

asio::awaitable<void> SfuProbe::Run() {
  const std::string name = "livekit-server at " + observability::RedactUrl(url_);
  net::Backoff backoff({.initial = 500ms, .max = 5s});
  std::string last;
  while (!stopping_) {
    auto tried = co_await net::WithDeadline(kConnectWithin, TryConnect(), "connect");
    reachable_ = tried.has_value();
    status_ = name + (tried ? ": reachable" : ": " + tried.error().context + "; trying again");
    if (status_ != last) {
      last = status_;
      if (tried) {
        logger_.Info(status_);
      } else {
        logger_.Error(status_, {{"remedy", "start livekit-server, or correct ws_url"}});
      }
    }
    if (tried) backoff.Reset();
    pause_.expires_after(tried ? std::chrono::milliseconds(kCheckEvery)
                               : backoff.Next(RandomU32()));
    co_await pause_.async_wait(kAwait);
  }
}

asio::awaitable<Result<void>> SfuProbe::TryConnect() {
  const auto url = boost::urls::parse_uri(url_);
  if (!url) co_return Fail(ErrorCode::kMalformed, "not a URL");
  const bool tls = url->scheme() == "wss" || url->scheme() == "https";
  std::string port = url->port();
  if (port.empty()) port = tls ? "443" : "80";
  tcp::resolver resolver(executor_);
  auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(url->host_address(), port, kAwait);
  if (resolve_error) {
    co_return Fail(ErrorCode::kUnavailable, "name lookup: " + resolve_error.message());
  }
  tcp::socket socket(executor_);
  auto [connect_error, endpoint] = co_await asio::async_connect(socket, endpoints, kAwait);
  if (connect_error) co_return Fail(ErrorCode::kUnavailable, connect_error.message());
  co_return Result<void>{};
}

}  // namespace ingress::service
