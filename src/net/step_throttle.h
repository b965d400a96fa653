#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/event.h"
#include "net/step_schedule.h"

namespace ingress::net {

/// The way of strangers to the thread, whichever port they come by: what they cause is done in
/// short steps, each of which waits here for its turn (StepSchedule). Between two steps the event
/// loop looks at its sockets again, so that a running stream waits for one step at most.
///
/// Confined to its executor.
class StepThrottle {
 private:
  struct Core;

 public:
  using Rank = StepSchedule::Rank;

  /// What a connection costs that is taken and closed, beside its steps; see Charge().
  static constexpr std::chrono::microseconds kConnectionCost{50};

  explicit StepThrottle(const boost::asio::any_io_executor& executor);
  ~StepThrottle();
  StepThrottle(const StepThrottle&) = delete;
  StepThrottle& operator=(const StepThrottle&) = delete;

  /// Work that is under way. Ends with this object: it does not live across a wait.
  class Step {
   public:
    explicit Step(std::shared_ptr<Core> core) : core_(std::move(core)), began_(Clock::now()) {}
    Step(Step&& other) noexcept
        : core_(std::exchange(other.core_, nullptr)), began_(other.began_) {}
    Step& operator=(Step&&) = delete;
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() {
      if (core_) End(*core_, Clock::now() - began_);
    }

   private:
    std::shared_ptr<Core> core_;
    TimePoint began_;
  };

  /// Who asks for steps, one after the other.
  class Waiter {
   public:
    /// `source`: the address that the work is for.
    Waiter(StepThrottle& throttle, std::string source);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Returns when the work may begin; empty after Cancel(), and when this coroutine was
    /// cancelled.
    boost::asio::awaitable<std::optional<Step>> Begin(Rank rank = Rank::kFirst);

    /// Ends the wait without a step. Without effect when there is no wait.
    void Cancel();

   private:
    friend struct Core;

    void Leave();

    std::shared_ptr<Core> core_;
    std::string source_;
    Event wake_;                          // it was granted a step, or waits no longer
    std::optional<StepSchedule::Id> id_;  // in line
    bool granted_ = false;
  };

  /// Counts what a stranger has cost beside its steps.
  void Charge(std::chrono::nanoseconds cost);

  /// Returns when strangers may work, which is at once but for a flood: for who brings more of
  /// them.
  boost::asio::awaitable<void> Rest();

  /// Who waits for a step.
  std::size_t waiting() const;

 private:
  static void End(Core& core, std::chrono::nanoseconds took);

  std::shared_ptr<Core> core_;  // also of those who wait, and of what was posted
};

}  // namespace ingress::net
