#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace ingress {

/// Runs tasks one after another on a thread of its own: what can wait for a disk or a reader and
/// must not make an event loop wait. The thread is started by the first task.
///
/// Any thread may call. Tasks own what they use: one that is stuck outlives this object.
class HelperThread {
 public:
  struct Limits {
    std::size_t tasks = 10'000;  // that wait for their turn
    std::chrono::milliseconds farewell{2000};
  };

  HelperThread() : HelperThread(Limits{}) {}
  explicit HelperThread(Limits limits);

  /// Waits until the tasks are done, but not longer than `farewell`: a thread that is stuck is left
  /// to itself, and what it had not begun is not done.
  ~HelperThread();
  HelperThread(const HelperThread&) = delete;
  HelperThread& operator=(const HelperThread&) = delete;

  /// False when too many wait already: the task is dropped.
  bool Run(std::function<void()> task);

 private:
  struct State;

  Limits limits_;
  std::shared_ptr<State> state_;
};

/// The thread of the process that reads configuration and certificates. Never destroyed: the end of
/// the process waits for no file.
HelperThread& FileThread();

}  // namespace ingress
