#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/fair_queue.h"

namespace ingress::net {

/// Says which stranger may work next on a thread that others need too: one step at a time, in the
/// order of a FairQueue, and after each kSlice of work a rest as long as the work was. So strangers
/// have half of the thread at most, however many they are. Sans-IO.
class StepSchedule {
 public:
  static constexpr std::chrono::milliseconds kSlice{2};
  /// At most; a step that was long because the process stood still calls for no longer rest.
  static constexpr std::chrono::milliseconds kMaxRest{20};

  using Id = FairQueue::Id;
  using Rank = FairQueue::Rank;

  /// True: a step begins now, without a wait. OnDone() follows.
  bool TryBegin(TimePoint now);

  /// Gets in line for a step.
  Id Ask(const std::string& source, Rank rank) { return queue_.Push(source, rank); }

  /// Has no effect on one that does not wait.
  void Leave(Id id) { queue_.Remove(id); }

  /// Whose step begins now; OnDone() follows. Empty: nobody waits, a step is under way, or it is
  /// time to rest.
  std::optional<Id> Next(TimePoint now);

  /// The step is over, having taken so long.
  void OnDone(std::chrono::nanoseconds took, TimePoint now);

  /// Strangers have cost so much beside their steps.
  void OnWork(std::chrono::nanoseconds took, TimePoint now);

  /// No step begins before. May lie in the past.
  TimePoint rests_until() const { return rests_until_; }

  std::size_t waiting() const { return queue_.size(); }

 private:
  FairQueue queue_;
  bool busy_ = false;
  std::chrono::nanoseconds spent_{};  // by strangers, less the time in which others had the thread
  TimePoint counted_at_{};
  TimePoint rests_until_{};
};

}  // namespace ingress::net
