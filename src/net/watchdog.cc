#include "net/watchdog.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/stack_trace.h"
#include "base/unique_fd.h"
#include "net/loop_watch.h"

namespace ingress::net {
namespace {

// From the decision to the end of the process, come what may.
constexpr unsigned kEndWithin = 3;  // seconds
constexpr std::chrono::milliseconds kStackWithin{1000};

/// Where in the kernel the thread sleeps; proc(5).
std::string WaitsIn(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/wchan";
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 64> name{};
  const ssize_t size = file ? read(file.get(), name.data(), name.size()) : 0;
  if (size <= 0 || (size == 1 && name[0] == '0')) return "not in the kernel";
  return "in " + std::string(name.data(), static_cast<std::size_t>(size));
}

/// Not by the logger: the loop's thread may hold its lock.
void WriteLastWords(std::chrono::milliseconds silence, pid_t thread) {
  std::array<char, 32> time{};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&now, &utc));
  const std::string line = std::string(time.data()) +
                           " ERROR the event loop has not turned, ending the process silentMs=" +
                           std::to_string(silence.count()) + " waits=\"" + WaitsIn(thread) + "\"\n";
  (void)!write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Watchdog::Watchdog(const boost::asio::any_io_executor& loop, Options options)
    : options_(std::move(options)), turn_(loop) {}

Watchdog::~Watchdog() { Stop(); }

void Watchdog::Start() {
  loop_thread_ = gettid();
  turning_ = true;
  turns_.Attach();
  AwaitTurn();
  thread_ = std::thread([this] { Watch(); });
}

void Watchdog::Stop() {
  if (std::exchange(turning_, false)) turns_.Detach();
  turn_.cancel();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::AwaitTurn() {
  turn_.expires_after(kTurnEvery);
  turn_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && turning_) AwaitTurn();
  });
}

void Watchdog::Watch() {
  // Signals are for the loop, but for the one that ends us when all else fails.
  sigset_t others;
  sigfillset(&others);
  sigdelset(&others, SIGALRM);
  pthread_sigmask(SIG_SETMASK, &others, nullptr);
  LoopWatch watch(options_.limit);
  std::uint64_t told_steps = 0;
  TimePoint tell_at = Clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, LoopWatch::kLookEvery, [this] { return stopping_; })) {
    const TimePoint now = Clock::now();
    const std::uint64_t steps = turns_.steps();
    if (watch.Hangs(steps, now)) EndProcess(watch.silence(now));
    const auto every = options_.manager.watchdog();
    if (!every || steps == told_steps || now < tell_at) continue;
    options_.manager.Tell("WATCHDOG=1");
    told_steps = steps;
    tell_at = now + *every / 3;
  }
}

void Watchdog::EndProcess(std::chrono::milliseconds silence) const {
  // Whatever waits below, and be it standard error that nobody reads, the end comes.
  std::signal(SIGALRM, SIG_DFL);
  alarm(kEndWithin);
  WriteLastWords(silence, loop_thread_);
  WriteStackOf(loop_thread_, kStackWithin);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

}  // namespace ingress::net
