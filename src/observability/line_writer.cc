#include "observability/line_writer.h"

#include <poll.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ingress::observability {
namespace {

/// How many bytes the kernel took without waiting; empty: the descriptor is broken.
std::optional<std::size_t> WriteWithoutWaiting(int fd, std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): writev(2) only reads it.
  const iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  constexpr off_t kAtPosition = -1;
  const ssize_t size = pwritev2(fd, &piece, 1, kAtPosition, RWF_NOWAIT);
  if (size >= 0) return static_cast<std::size_t>(size);
  // A kernel or a kind of file that knows no RWF_NOWAIT is left to the thread.
  if (errno == EAGAIN || errno == EINTR || errno == EOPNOTSUPP || errno == ENOSYS ||
      errno == EINVAL) {
    return 0;
  }
  return std::nullopt;
}

/// Waits as long as it takes. False: the descriptor is broken.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(fd, text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {  // somebody else made the descriptor non-blocking
      pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

/// Shared with the thread, which outlives the writer when it is stuck.
struct LineWriter::State {
  State(int to, LossLine describe) : fd(to), loss_line(std::move(describe)) {}

  const int fd;
  const LossLine loss_line;
  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;
  std::uint64_t dropped = 0;  // since the last line that tells it
  std::uint64_t dropped_ever = 0;
  bool started = false;
  bool writing = false;
  bool stopping = false;

  bool idle() const { return waiting.empty() && dropped == 0 && !writing; }

  /// What the thread writes next; it owes the lines dropped before.
  std::string Take() {
    std::string batch = std::exchange(waiting, {});
    if (const std::uint64_t lines = std::exchange(dropped, 0)) batch += loss_line(lines) + '\n';
    return batch;
  }

  void Work() {
    // Signals are for the event loop.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !idle(); });
      if (idle()) return;
      writing = true;
      const std::string batch = Take();
      lock.unlock();
      WriteAll(fd, batch);  // nobody is left to be told when that fails
      lock.lock();
      writing = false;
      changed.notify_all();
    }
  }
};

LineWriter::LineWriter(int fd, LossLine loss_line, Limits limits)
    : limits_(limits), state_(std::make_shared<State>(fd, std::move(loss_line))) {}

LineWriter::~LineWriter() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, limits_.farewell, [this] { return state_->idle(); });
}

void LineWriter::Write(std::string_view line) {
  std::string text(line);
  text += '\n';
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  std::size_t written = 0;
  if (state.idle()) {
    const auto taken = WriteWithoutWaiting(state.fd, text);
    if (!taken) return;  // nobody can be told
    written = *taken;
    if (written == text.size()) return;
  }
  // After one that is missing come none before its count is told.
  if (state.dropped > 0 || state.waiting.size() + text.size() > limits_.bytes) {
    ++state.dropped;
    ++state.dropped_ever;
    return;
  }
  state.waiting.append(text, written);
  state.changed.notify_all();
  if (!std::exchange(state.started, true)) {
    std::thread([shared = state_] { shared->Work(); }).detach();
  }
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped_ever;
}

}  // namespace ingress::observability
