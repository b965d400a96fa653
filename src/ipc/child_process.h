#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ipc/environment.h"
#include "ipc/line_filter.h"

namespace ingress::ipc {

/// How a process ended.
struct ExitStatus {
  enum class Kind { kExited, kSignalled, kUnknown };
  Kind kind = Kind::kUnknown;
  int value = 0;  // exit code or signal number
  bool core_dumped = false;

  bool ok() const { return kind == Kind::kExited && value == 0; }

  /// In words: "exited with code 3", "killed by signal 11 (SIGSEGV)".
  std::string Describe() const;
};

/// A child process that owns one end of a socketpair as its descriptor kChildSocketFd.
///
/// The child sees standard input from /dev/null, standard output and error as SpawnOptions says,
/// the socket, and no other descriptor. It dies with the thread that spawned it (PR_SET_PDEATHSIG),
/// so spawn from a thread that lives as long as the process.
///
/// Confined to its executor, which it never makes wait. Its exit is noticed and reaped at once
/// while the executor runs; the destructor kills a child that still lives, which is reaped in the
/// same way. No zombie stays.
class ChildProcess {
 public:
  struct SpawnOptions {
    std::string path = "/proc/self/exe";
    std::string name = "ingress";                                 // argv[0], which ps shows
    std::vector<std::string> args = {"handler"};                  // those after it
    std::vector<std::string> environment = ReducedEnvironment();  // "NAME=value"
    /// Given each line of the child's output without its line end, on the executor. Empty: the
    /// child inherits our standard output and error.
    std::function<void(std::string_view line)> on_output_line;
    LineFilter::Limits output_limits;
    int oom_score_adj = 500;  // of 1000: the kernel takes a handler before the service
  };

  /// Errors: kInternal with the step and errno's text when a system call or the exec fails.
  static Result<std::unique_ptr<ChildProcess>> Spawn(const boost::asio::any_io_executor& executor,
                                                     SpawnOptions options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Our end of the socketpair, for a Channel; once.
  UniqueFd TakeSocket();

  int pid() const;

  /// Empty while the child runs.
  const std::optional<ExitStatus>& exit_status() const;

  /// Returns when the child has ended and its last output was delivered. Any number of calls.
  boost::asio::awaitable<ExitStatus> Wait();

  /// SIGTERM, then SIGKILL when the child still lives after `grace`; returns as Wait() does.
  boost::asio::awaitable<ExitStatus> Terminate(std::chrono::milliseconds grace);

  /// Asks a child of ours that called PrepareStackTraces() to write the stack of its main thread to
  /// its standard error; any other ends by the signal.
  void RequestStack();

  /// SIGKILL now. Nothing happens when the child has ended.
  void Kill();

 private:
  class Impl;
  explicit ChildProcess(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace ingress::ipc
