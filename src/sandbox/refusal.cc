#include "sandbox/refusal.h"

#include <seccomp.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/signal_line.h"

namespace ingress::sandbox {
namespace {

constexpr std::size_t kCalls = 512;  // numbers above are of a newer kernel than we know
constexpr std::size_t kNameSize = 32;

// All of it is read in a signal handler, of a thread that may hold any lock: names are looked up
// beforehand, and nothing allocates.
std::array<std::array<char, kNameSize>, kCalls> names{};
std::array<std::atomic<bool>, kCalls> told{};
std::atomic<bool> telling = false;

/// What a call that takes a path as its second argument was given.
const char* SecondArgument(const ucontext_t& context) {
  // NOLINTBEGIN(performance-no-int-to-ptr): registers are integers.
#if defined(__x86_64__)
  return reinterpret_cast<const char*>(context.uc_mcontext.gregs[REG_RSI]);
#elif defined(__aarch64__)
  return reinterpret_cast<const char*>(context.uc_mcontext.regs[1]);
#endif
  // NOLINTEND(performance-no-int-to-ptr)
}

/// What glibc and GStreamer look at to count processors and to name themselves. They have another
/// way, and looking is no sign of anything.
bool IsHarmless(int number, const ucontext_t& context) {
  if (number != SYS_openat) return false;
  const char* path = SecondArgument(context);
  if (path == nullptr) return false;
  constexpr std::array<const char*, 5> kHarmless = {
      "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible", "/proc/stat",
      "/proc/cpuinfo", "/proc/self/cmdline"};
  return std::ranges::any_of(kHarmless,
                             [path](const char* known) { return std::strcmp(path, known) == 0; });
}

/// Of a file that was to be opened, what a person may want to know: its path, as far as it is text.
void AddPath(SignalLine& line, const char* path) {
  constexpr std::size_t kLongest = 200;
  if (path == nullptr) return;
  line.Add(" of ");
  for (std::size_t i = 0; i < kLongest && path[i] != '\0'; ++i) {
    const bool printable = path[i] > ' ' && path[i] <= '~';
    line.Add({printable ? &path[i] : "?", 1});
  }
}

void Tell(int number, const ucontext_t& context) {
  const auto index = static_cast<std::size_t>(number);
  const bool known = number >= 0 && index < kCalls;
  if (known && told.at(index).exchange(true)) return;
  SignalLine line;
  line.Add("sandbox: refused the system call ");
  if (known && names.at(index)[0] != '\0') line.Add(names.at(index).data()).Add(" ");
  line.Add("(").AddNumber(number).Add(")");
  if (number == SYS_openat) AddPath(line, SecondArgument(context));
  line.Add("; INGRESS_SANDBOX=off allows it\n");
  (void)!write(STDERR_FILENO, line.text().data(), line.text().size());
}

void SetResult(ucontext_t& context, int error) {
#if defined(__x86_64__)
  context.uc_mcontext.gregs[REG_RAX] = -error;
#elif defined(__aarch64__)
  context.uc_mcontext.regs[0] = static_cast<unsigned long long>(-error);
#else
#error "where a system call's result is on this processor is not known"
#endif
}

void OnRefusal(int /*number*/, siginfo_t* info, void* context) {
  constexpr int kSeccomp = 1;  // SYS_SECCOMP; anything else was sent by a process
  if (info->si_code != kSeccomp) return;
  const int saved = errno;
  auto& interrupted = *static_cast<ucontext_t*>(context);
  if (telling.load() && !IsHarmless(info->si_syscall, interrupted))
    Tell(info->si_syscall, interrupted);
  SetResult(interrupted, EPERM);
  errno = saved;
}

void LookUpNames() {
  for (std::size_t i = 0; i < kCalls; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> name(
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(i)), &std::free);
    if (name) std::strncpy(names.at(i).data(), name.get(), kNameSize - 1);
  }
}

}  // namespace

void SurviveRefusals() {
  struct sigaction action = {};
  action.sa_sigaction = OnRefusal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSYS, &action, nullptr);
}

void TellRefusals() {
  LookUpNames();
  telling = true;
}

}  // namespace ingress::sandbox
