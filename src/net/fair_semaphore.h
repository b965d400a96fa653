#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/event.h"
#include "net/fair_queue.h"

namespace ingress::net {

/// Lets a bounded number of tasks run at a time; the others wait in a FairQueue. Confined to its
/// executor; outlives all waiters and permits.
class FairSemaphore {
 public:
  explicit FairSemaphore(std::size_t permits) : permits_(permits) {}

  /// A task may run as long as this lives; then the next one may.
  class Permit {
   public:
    explicit Permit(FairSemaphore& semaphore) : semaphore_(&semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() {
      if (semaphore_ != nullptr) semaphore_->Release();
    }

   private:
    FairSemaphore* semaphore_;
  };

  /// A task that asks for a permit, once.
  class Waiter {
   public:
    explicit Waiter(FairSemaphore& semaphore) : semaphore_(semaphore) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { Leave(); }

    /// Ends the wait without a permit. Without effect when there is no wait.
    void Cancel() {
      Leave();
      moved_.Notify();
    }

   private:
    friend class FairSemaphore;

    void Leave() {
      if (!id_) return;
      semaphore_.queue_.Remove(*id_);
      semaphore_.waiting_.erase(*id_);
      id_.reset();
    }

    FairSemaphore& semaphore_;
    Event moved_;                      // it is in the queue no more
    std::optional<FairQueue::Id> id_;  // in the queue
    bool granted_ = false;
  };

  /// Returns when the task may run; empty when `waiter` or this coroutine was cancelled. `source`:
  /// as in FairQueue. `waiter` outlives the call.
  boost::asio::awaitable<std::optional<Permit>> Acquire(Waiter& waiter, const std::string& source) {
    if (running_ < permits_) {
      ++running_;
      co_return Permit(*this);
    }
    waiter.id_ = queue_.Push(source);
    waiting_.emplace(*waiter.id_, &waiter);
    co_await waiter.moved_.WaitUntil(TimePoint::max());
    if (waiter.granted_) co_return Permit(*this);  // handed over by Release()
    waiter.Leave();
    co_return std::nullopt;
  }

  /// The next task will have to wait.
  bool busy() const { return running_ >= permits_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  void Release() {
    const auto next = queue_.Pop();
    if (!next) {
      --running_;
      return;
    }
    Waiter& waiter = *waiting_.extract(*next).mapped();
    waiter.id_.reset();
    waiter.granted_ = true;
    waiter.moved_.Notify();
  }

  std::size_t permits_;
  std::size_t running_ = 0;
  FairQueue queue_;
  std::map<FairQueue::Id, Waiter*> waiting_;
};

}  // namespace ingress::net
