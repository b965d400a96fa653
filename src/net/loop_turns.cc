#include "net/loop_turns.h"

namespace ingress::net {
namespace {

thread_local LoopTurns* of_this_thread = nullptr;

}  // namespace

void LoopTurns::Attach() {
  of_this_thread = this;
  OnWake(Clock::now());
}

void LoopTurns::Detach() {
  if (of_this_thread != this) return;
  of_this_thread = nullptr;
  OnWait(Clock::now());
}

std::uint64_t LoopTurns::Current() {
  return of_this_thread == nullptr ? 0 : of_this_thread->steps();
}

void LoopTurns::OnWait(TimePoint now) {
  meter_.OnTurn(now - turn_began_, now);
  Step();
}

void LoopTurns::OnWake(TimePoint now) {
  turn_began_ = now;
  Step();
}

void LoopTurns::Step() {
  // One thread writes, so nothing has to be locked.
  steps_.store(steps_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

int WaitForEvents(int epoll, epoll_event* events, int most, int timeout) {
  LoopTurns* const turns = of_this_thread;
  if (turns == nullptr) return epoll_wait(epoll, events, most, timeout);
  turns->OnWait(Clock::now());
  const int count = epoll_wait(epoll, events, most, timeout);
  turns->OnWake(Clock::now());
  return count;
}

}  // namespace ingress::net
