#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>

#include "sandbox/switch.h"
#include "sandbox/syscall_filter.h"

namespace ingress::sandbox {

/// Tests of a box, where there can be one.
class BoxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Enabled()) GTEST_SKIP() << "sanitizers do not run in a box";
    if (!SyscallFilter::Make(SyscallFilter::Otherwise::kTell)) {
      GTEST_SKIP() << "this kernel has no seccomp filters";
    }
  }
};

/// How a process ended, and what it wrote to standard error.
struct Outcome {
  int code = -1;   // what its function returned; -1: it did not
  int signal = 0;  // that ended it
  std::string said;
};

/// Runs `confine` and then `body` in a process of its own.
inline Outcome RunInBox(void (*confine)(), const std::function<int()>& body) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    confine();
    _exit(body());
  }
  close(pipe_ends[1]);
  Outcome outcome;
  std::array<char, 4096> bytes;
  for (ssize_t size = 0; (size = read(pipe_ends[0], bytes.data(), bytes.size())) > 0;) {
    outcome.said.append(bytes.data(), static_cast<std::size_t>(size));
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  return outcome;
}

/// The line that tells of a refusal; `path`: of the file that was to be opened.
inline std::string Told(const std::string& call, long number, const std::string& path = "") {
  return "sandbox: refused the system call " + call + " (" + std::to_string(number) + ")" +
         (path.empty() ? "" : " of " + path) + "; INGRESS_SANDBOX=off allows it\n";
}

/// Of a system call's result: 0, or errno's value.
inline int ErrorOf(long result) { return result >= 0 ? 0 : errno; }

}  // namespace ingress::sandbox
