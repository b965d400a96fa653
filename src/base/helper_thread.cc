#include "base/helper_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace ingress {

/// Shared with the thread, which may outlive the owner.
struct HelperThread::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> waiting;
  bool started = false;
  bool busy = false;
  bool stopping = false;
  bool abandoned = false;

  void Work() {
    // Signals are for the event loop.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (waiting.empty() || abandoned) return;
      std::function<void()> task = std::move(waiting.front());
      waiting.pop_front();
      busy = true;
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
      busy = false;
      changed.notify_all();
    }
  }
};

HelperThread::HelperThread(Limits limits) : limits_(limits), state_(std::make_shared<State>()) {}

HelperThread::~HelperThread() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, limits_.farewell,
                           [this] { return state_->waiting.empty() && !state_->busy; });
  state_->abandoned = true;
}

bool HelperThread::Run(std::function<void()> task) {
  const std::lock_guard lock(state_->mutex);
  if (state_->waiting.size() >= limits_.tasks) return false;
  state_->waiting.push_back(std::move(task));
  state_->changed.notify_all();
  if (!std::exchange(state_->started, true)) {
    std::thread([state = state_] { state->Work(); }).detach();
  }
  return true;
}

HelperThread& FileThread() {
  static auto& thread = *new HelperThread();  // NOLINT(cppcoreguidelines-owning-memory): on purpose
  return thread;
}

}  // namespace ingress
