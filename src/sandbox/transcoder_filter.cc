#include "sandbox/transcoder_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "sandbox/syscall_filter.h"

namespace ingress::sandbox {
namespace {

constexpr std::array kDescriptors = {SCMP_SYS(read),           SCMP_SYS(readv),
                                     SCMP_SYS(pread64),        SCMP_SYS(write),
                                     SCMP_SYS(writev),         SCMP_SYS(sendmsg),
                                     SCMP_SYS(recvmsg),        SCMP_SYS(recvfrom),
                                     SCMP_SYS(close),          SCMP_SYS(lseek),
                                     SCMP_SYS(fstat),          SCMP_SYS(shutdown),
                                     SCMP_SYS(pipe2),          SCMP_SYS(eventfd2),
                                     SCMP_SYS(epoll_create1),  SCMP_SYS(epoll_ctl),
                                     SCMP_SYS(epoll_wait),     SCMP_SYS(epoll_pwait),
                                     SCMP_SYS(poll),           SCMP_SYS(ppoll),
                                     SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
                                     SCMP_SYS(getsockopt),     SCMP_SYS(getsockname),
                                     SCMP_SYS(getpeername)};

constexpr std::array kMemory = {SCMP_SYS(brk),     SCMP_SYS(mmap),       SCMP_SYS(munmap),
                                SCMP_SYS(mremap),  SCMP_SYS(mprotect),   SCMP_SYS(madvise),
                                SCMP_SYS(mincore), SCMP_SYS(membarrier), SCMP_SYS(get_mempolicy)};

constexpr std::array kThreads = {SCMP_SYS(futex),
                                 SCMP_SYS(set_robust_list),
                                 SCMP_SYS(rseq),
                                 SCMP_SYS(exit),
                                 SCMP_SYS(exit_group),
                                 SCMP_SYS(sched_yield),
                                 SCMP_SYS(sched_getaffinity),
                                 SCMP_SYS(sched_getattr),
                                 SCMP_SYS(sched_getparam),
                                 SCMP_SYS(sched_getscheduler),
                                 SCMP_SYS(sched_get_priority_min),
                                 SCMP_SYS(sched_get_priority_max),
                                 SCMP_SYS(getpriority),
                                 SCMP_SYS(getcpu),
                                 SCMP_SYS(gettid),
                                 SCMP_SYS(getpid),
                                 SCMP_SYS(getppid),
                                 SCMP_SYS(getuid),
                                 SCMP_SYS(geteuid),
                                 SCMP_SYS(getgid),
                                 SCMP_SYS(getegid),
                                 SCMP_SYS(uname),
                                 SCMP_SYS(sysinfo),
                                 SCMP_SYS(getrusage),
                                 SCMP_SYS(times),
                                 SCMP_SYS(getrandom),
                                 SCMP_SYS(umask)};

constexpr std::array kSignalsAndTime = {SCMP_SYS(rt_sigaction),
                                        SCMP_SYS(rt_sigprocmask),
                                        SCMP_SYS(rt_sigreturn),
                                        SCMP_SYS(sigaltstack),
                                        SCMP_SYS(restart_syscall),
                                        SCMP_SYS(clock_gettime),
                                        SCMP_SYS(clock_getres),
                                        SCMP_SYS(clock_nanosleep),
                                        SCMP_SYS(nanosleep),
                                        SCMP_SYS(gettimeofday),
                                        SCMP_SYS(time)};

void AllowInPart(SyscallFilter& filter) {
  constexpr std::uint64_t kWhole = ~std::uint64_t{0};  // a pointer: none
  filter.AllowIf(SCMP_SYS(clone), {ArgumentHasAll(0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)});
  filter.AllowIf(SCMP_SYS(tgkill), {ArgumentIs(0, static_cast<std::uint64_t>(getpid()))});
  filter.AllowIf(SCMP_SYS(sendto), {ArgumentIs(4, 0, kWhole)});  // to nobody else
  filter.AllowIf(SCMP_SYS(prlimit64), {ArgumentIs(0, 0), ArgumentIs(2, 0, kWhole)});  // to read
  // GStreamer wakes its threads by such a pair. Not of datagrams, which may be sent elsewhere.
  constexpr std::uint64_t kTypeMask = 0xff;  // without SOCK_CLOEXEC and SOCK_NONBLOCK
  filter.AllowIf(SCMP_SYS(socketpair),
                 {ArgumentIs(0, AF_UNIX), ArgumentIs(1, SOCK_STREAM, kTypeMask)});
  filter.AllowIf(SCMP_SYS(newfstatat), {ArgumentHasAll(3, AT_EMPTY_PATH)});  // what is open
  filter.AllowIf(SCMP_SYS(setpriority), {ArgumentIs(0, 0), ArgumentIs(1, 0)});
  for (const std::uint64_t command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL}) {
    filter.AllowIf(SCMP_SYS(fcntl), {ArgumentIs(1, command)});
  }
  filter.AllowIf(SCMP_SYS(ioctl), {ArgumentIs(1, FIONBIO)})
      .AllowIf(SCMP_SYS(ioctl), {ArgumentIs(1, FIONREAD)});
  constexpr std::uint64_t kNameOfMemory = 0x53564d41;  // PR_SET_VMA
  for (const std::uint64_t option :
       {std::uint64_t{PR_SET_NAME}, std::uint64_t{PR_GET_NAME}, kNameOfMemory}) {
    filter.AllowIf(SCMP_SYS(prctl), {ArgumentIs(0, option)});
  }
}

/// What libraries try, and have another way for.
void FailQuietly(SyscallFilter& filter) {
  constexpr std::uint64_t kFresh = O_CREAT | O_EXCL;
  filter.FailQuietly(SCMP_SYS(clone3), ENOSYS);
  filter.FailQuietly(SCMP_SYS(ioctl), ENOTTY, {ArgumentIs(1, TCGETS)});
  filter.FailQuietly(SCMP_SYS(sched_setattr), EPERM);
  // The code that Orc makes for the scaler would lie in a temporary file. It takes memory then.
  filter.FailQuietly(SCMP_SYS(openat), EPERM, {ArgumentHasAll(2, kFresh)});
}

}  // namespace

Result<void> FilterTranscoderCalls() {
  const auto filter = SyscallFilter::Make(SyscallFilter::Otherwise::kTell);
  if (!filter) return {};
  filter->Allow(kDescriptors).Allow(kMemory).Allow(kThreads).Allow(kSignalsAndTime);
  AllowInPart(*filter);
  FailQuietly(*filter);
  return filter->Load();
}

}  // namespace ingress::sandbox
