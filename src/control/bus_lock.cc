#include "control/bus_lock.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "net/await.h"

namespace ingress::control {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kTtl = 10s;  // when its holder dies
constexpr auto kRetry = 50ms;
constexpr auto kPatience = 3s;  // a start takes well under a second

}  // namespace

asio::awaitable<std::unique_ptr<StartLock>> BusLock::Take(asio::any_io_executor executor,
                                                          rpc::MessageBus& bus,
                                                          std::string ingress_id) {
  std::string key = "livekit_ingress:start:" + ingress_id;
  const TimePoint give_up = Clock::now() + kPatience;
  asio::steady_timer pause(executor);
  bool held = co_await bus.TryLock(key, kTtl);
  while (!held && bus.connected() && Clock::now() < give_up) {
    pause.expires_after(kRetry);
    co_await pause.async_wait(net::kAwait);
    held = co_await bus.TryLock(key, kTtl);
  }
  co_return std::make_unique<BusLock>(bus, std::move(key), held);
}

BusLock::~BusLock() {
  if (held_) bus_.tasks().Spawn(bus_.Unlock(std::move(key_)));
}

}  // namespace ingress::control
