#include "net/step_throttle.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdint>
#include <map>

#include "net/await.h"
#include "net/loop_turns.h"

namespace ingress::net {

namespace asio = boost::asio;

struct StepThrottle::Core : std::enable_shared_from_this<Core> {
  explicit Core(const asio::any_io_executor& on) : executor(on), rest(on) {}

  bool TryBegin();
  void Advance();
  void AdvanceLater();

  asio::any_io_executor executor;
  StepSchedule schedule;
  std::map<StepSchedule::Id, Waiter*> waiters;
  std::uint64_t last_turn = 0;  // of the loop, in which a step was done
  bool advances = false;        // AdvanceLater() has posted
  asio::steady_timer rest;
  bool resting = false;  // that timer runs
};

/// True: a step begins, because nobody waits and this turn of the loop has had none.
bool StepThrottle::Core::TryBegin() {
  const std::uint64_t turn = LoopTurns::Current();
  if (turn != 0 && turn == last_turn) return false;
  if (!schedule.TryBegin(Clock::now())) return false;
  last_turn = turn;
  return true;
}

/// Lets the next one go on, now or after the rest.
void StepThrottle::Core::Advance() {
  const TimePoint now = Clock::now();
  if (const auto next = schedule.Next(now)) {
    Waiter& waiter = *waiters.extract(*next).mapped();
    waiter.id_.reset();
    waiter.granted_ = true;
    waiter.wake_.Notify();
    return;
  }
  if (resting || schedule.waiting() == 0 || now >= schedule.rests_until()) return;
  resting = true;
  rest.expires_at(schedule.rests_until());
  rest.async_wait([core = shared_from_this()](const boost::system::error_code& cancelled) {
    core->resting = false;
    if (!cancelled) core->Advance();
  });
}

/// In the loop's next turn: sockets that became ready meanwhile are before it.
void StepThrottle::Core::AdvanceLater() {
  if (std::exchange(advances, true)) return;
  asio::post(executor, [core = shared_from_this()] {
    core->advances = false;
    core->Advance();
  });
}

StepThrottle::StepThrottle(const asio::any_io_executor& executor)
    : core_(std::make_shared<Core>(executor)) {}

StepThrottle::~StepThrottle() { core_->rest.cancel(); }

StepThrottle::Waiter::Waiter(StepThrottle& throttle, std::string source)
    : core_(throttle.core_), source_(std::move(source)) {}

StepThrottle::Waiter::~Waiter() { Leave(); }

void StepThrottle::Waiter::Cancel() {
  Leave();
  wake_.Notify();
}

void StepThrottle::Waiter::Leave() {
  if (!id_) return;
  core_->schedule.Leave(*id_);
  core_->waiters.erase(*id_);
  id_.reset();
}

asio::awaitable<std::optional<StepThrottle::Step>> StepThrottle::Waiter::Begin(Rank rank) {
  if (core_->TryBegin()) co_return Step(core_);
  id_ = core_->schedule.Ask(source_, rank);
  core_->waiters.emplace(*id_, this);
  core_->AdvanceLater();
  co_await wake_.WaitUntil(TimePoint::max());
  if (std::exchange(granted_, false)) {
    core_->last_turn = LoopTurns::Current();
    co_return Step(core_);
  }
  Leave();
  co_return std::nullopt;
}

void StepThrottle::End(Core& core, std::chrono::nanoseconds took) {
  core.schedule.OnDone(took, Clock::now());
  if (core.schedule.waiting() > 0) core.AdvanceLater();
}

void StepThrottle::Charge(std::chrono::nanoseconds cost) {
  core_->schedule.OnWork(cost, Clock::now());
}

asio::awaitable<void> StepThrottle::Rest() {
  while (Clock::now() < core_->schedule.rests_until()) {
    asio::steady_timer timer(co_await asio::this_coro::executor, core_->schedule.rests_until());
    const auto [cancelled] = co_await timer.async_wait(kAwait);
    if (cancelled) co_return;
  }
}

std::size_t StepThrottle::waiting() const { return core_->schedule.waiting(); }

}  // namespace ingress::net
