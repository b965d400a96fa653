#include "ipc/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "ipc/channel.h"
#include "ipc/oom_score.h"

// The child runs in the parent's memory until it has exec'ed (as in vfork), on a stack of its own
// whose frames are never left in order: the address sanitizer must not keep books there.
#define INGRESS_CHILD_CODE __attribute__((no_sanitize("address", "undefined")))

namespace ingress::ipc {
namespace {

constexpr std::size_t kChildStackSize = std::size_t{128} * 1024;

// Sources are moved above every descriptor that dup2 writes to.
constexpr int kFirstSourceFd = 10;

constexpr int kExecFailed = 127;

/// All that the child needs, made by the parent beforehand; the child reports back into it.
struct Plan {
  const char* path = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  int null = -1;
  int socket = -1;
  int output = -1;
  pid_t parent = 0;
  std::string_view oom_score_adj;  // empty: it has the right one

  const char* failed_step = nullptr;
  int error = 0;
};

INGRESS_CHILD_CODE void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
}

INGRESS_CHILD_CODE bool PlaceDescriptors(const Plan& plan) {
  if (dup2(plan.null, STDIN_FILENO) < 0) return false;
  if (plan.output >= 0) {
    if (dup2(plan.output, STDOUT_FILENO) < 0 || dup2(plan.output, STDERR_FILENO) < 0) return false;
  }
  return dup2(plan.socket, kChildSocketFd) >= 0 &&
         syscall(SYS_close_range, kChildSocketFd + 1, ~0U, 0U) == 0;
}

INGRESS_CHILD_CODE void RaiseOomScore(const Plan& plan) {
  if (plan.oom_score_adj.empty()) return;
  // A container may forbid it; the process is of use without.
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)!write(file, plan.oom_score_adj.data(), plan.oom_score_adj.size());
  close(file);
}

INGRESS_CHILD_CODE int FailChild(Plan& plan, const char* step) {
  plan.error = errno;
  plan.failed_step = step;
  _exit(kExecFailed);
}

/// Only async-signal-safe calls: other threads of the parent may hold any lock.
INGRESS_CHILD_CODE int RunChild(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  ResetSignals();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return FailChild(plan, "prctl");
  if (getppid() != plan.parent) _exit(kExecFailed);  // it died before prctl could tell us
  RaiseOomScore(plan);
  if (!PlaceDescriptors(plan)) return FailChild(plan, "descriptors");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(plan.path, plan.arguments, plan.environment);
  return FailChild(plan, "exec");
}

Error SystemError(const std::string& step, int error) {
  return {ErrorCode::kInternal, "spawn: " + step + ": " + std::strerror(error)};
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

UniqueFd DuplicateHigh(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, kFirstSourceFd)); }

/// Clones and waits until the child has exec'ed or failed.
Result<SpawnedProcess> Clone(Plan& plan) {
  const auto stack = std::make_unique<std::byte[]>(kChildStackSize);
  int pidfd = -1;
  // No handler of ours may run in the child, where it would act on our memory.
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  const pid_t pid = clone(RunChild, stack.get() + kChildStackSize,
                          CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int clone_error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (pid < 0) return std::unexpected(SystemError("clone", clone_error));

  SpawnedProcess process{.pid = pid, .pidfd = UniqueFd(pidfd), .failure = {}};
  if (plan.failed_step != nullptr) {
    process.failure = SystemError(std::string(plan.failed_step) + " " + plan.path, plan.error);
  }
  return process;
}

}  // namespace

Result<SpawnedProcess> Spawn(const SpawnRequest& request) {
  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment = request.environment;
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const std::string oom_score_adj = std::to_string(request.oom_score_adj);

  const UniqueFd null_low(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd null = DuplicateHigh(null_low.get());
  const UniqueFd socket = DuplicateHigh(request.socket);
  const UniqueFd output = request.output >= 0 ? DuplicateHigh(request.output) : UniqueFd();
  if (!null || !socket || (request.output >= 0 && !output)) {
    return std::unexpected(SystemError("descriptors", errno));
  }

  const LentOomScore lent(oom_score_adj);
  Plan plan{.path = request.path.c_str(),
            .arguments = argument_pointers.data(),
            .environment = environment_pointers.data(),
            .null = null.get(),
            .socket = socket.get(),
            .output = output.get(),
            .parent = getpid(),
            .oom_score_adj = lent.lent() ? std::string_view() : oom_score_adj};
  return Clone(plan);
}

}  // namespace ingress::ipc
