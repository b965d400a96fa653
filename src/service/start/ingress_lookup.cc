#include "service/start/ingress_lookup.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/ids.h"
#include "net/backoff.h"

namespace ingress::service {

namespace asio = boost::asio;

asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> LookUpIngress(
    rpc::IoInfoClient& io_info, std::string stream_key,
    std::chrono::steady_clock::duration ask_again_for) {
  const TimePoint give_up = Clock::now() + ask_again_for;
  net::Backoff backoff({.initial = std::chrono::milliseconds(100)});
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (true) {
    auto found = co_await io_info.GetIngressInfo(stream_key);
    if (found || found.error().code != "unavailable") co_return found;
    pause.expires_after(backoff.Next(RandomU32()));
    if (pause.expiry() > give_up) co_return found;
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace ingress::service
