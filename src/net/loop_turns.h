#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "net/turn_meter.h"

namespace ingress::net {

/// Follows the turns of one thread's event loop: a turn begins when the kernel gives the loop its
/// events and ends when the loop asks for the next ones. It costs two looks at the clock a turn and
/// wakes nobody.
class LoopTurns {
 public:
  /// The turns of this thread's loop from here on; a turn is under way. Replaces another one.
  void Attach();
  /// Ends the turn that is under way. Idempotent; on the thread of Attach(), and before the end of
  /// this object.
  void Detach();

  TurnMeter& meter() { return meter_; }

  /// A number that the turn under way on this thread has alone; 0 where nobody follows its loop.
  static std::uint64_t Current();

  /// Grows by one with each begin and each end of a turn. For any thread.
  std::uint64_t steps() const { return steps_.load(std::memory_order_relaxed); }

  void OnWait(TimePoint now);
  void OnWake(TimePoint now);

 private:
  void Step();

  TurnMeter meter_;
  TimePoint turn_began_{};
  std::atomic<std::uint64_t> steps_ = 0;
};

/// epoll_wait(2) as Asio calls it, seen by the LoopTurns of the calling thread (see asio_impl.cc).
int WaitForEvents(int epoll, epoll_event* events, int most, int timeout);

}  // namespace ingress::net
