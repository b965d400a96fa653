#include "sandbox/handler_filter.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
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

constexpr std::array kFiles = {
    SCMP_SYS(read),       SCMP_SYS(readv),    SCMP_SYS(pread64),     SCMP_SYS(preadv),
    SCMP_SYS(preadv2),    SCMP_SYS(write),    SCMP_SYS(writev),      SCMP_SYS(pwritev2),
    SCMP_SYS(lseek),      SCMP_SYS(close),    SCMP_SYS(close_range), SCMP_SYS(fstat),
    SCMP_SYS(stat),       SCMP_SYS(lstat),    SCMP_SYS(newfstatat),  SCMP_SYS(statx),
    SCMP_SYS(statfs),     SCMP_SYS(fstatfs),  SCMP_SYS(access),      SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),  SCMP_SYS(getcwd),
    SCMP_SYS(getdents64), SCMP_SYS(fcntl),    SCMP_SYS(fadvise64),   SCMP_SYS(dup),
    SCMP_SYS(dup2),       SCMP_SYS(dup3),     SCMP_SYS(pipe2),       SCMP_SYS(umask)};

constexpr std::array kMemory = {
    SCMP_SYS(brk),        SCMP_SYS(mmap),          SCMP_SYS(munmap),       SCMP_SYS(mremap),
    SCMP_SYS(mprotect),   SCMP_SYS(madvise),       SCMP_SYS(mincore),      SCMP_SYS(msync),
    SCMP_SYS(membarrier), SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy)};

constexpr std::array kThreads = {SCMP_SYS(futex),
                                 SCMP_SYS(set_robust_list),
                                 SCMP_SYS(get_robust_list),
                                 SCMP_SYS(rseq),
                                 SCMP_SYS(set_tid_address),
                                 SCMP_SYS(arch_prctl),
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
                                 SCMP_SYS(getcpu)};

constexpr std::array kProcesses = {
    SCMP_SYS(execve),    SCMP_SYS(wait4),     SCMP_SYS(waitid),  SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(gettid),    SCMP_SYS(getpid),    SCMP_SYS(getppid), SCMP_SYS(getuid),
    SCMP_SYS(geteuid),   SCMP_SYS(getgid),    SCMP_SYS(getegid), SCMP_SYS(getresuid),
    SCMP_SYS(getresgid), SCMP_SYS(getgroups), SCMP_SYS(getpgrp), SCMP_SYS(uname),
    SCMP_SYS(sysinfo),   SCMP_SYS(getrusage), SCMP_SYS(times),   SCMP_SYS(getrandom),
    SCMP_SYS(getrlimit), SCMP_SYS(setrlimit), SCMP_SYS(capget),  SCMP_SYS(capset),
    SCMP_SYS(seccomp)};

constexpr std::array kSignalsAndTime = {SCMP_SYS(rt_sigaction),    SCMP_SYS(rt_sigprocmask),
                                        SCMP_SYS(rt_sigreturn),    SCMP_SYS(rt_sigtimedwait),
                                        SCMP_SYS(rt_sigpending),   SCMP_SYS(rt_sigsuspend),
                                        SCMP_SYS(sigaltstack),     SCMP_SYS(restart_syscall),
                                        SCMP_SYS(clock_gettime),   SCMP_SYS(clock_getres),
                                        SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
                                        SCMP_SYS(gettimeofday),    SCMP_SYS(time),
                                        SCMP_SYS(timerfd_create),  SCMP_SYS(timerfd_settime),
                                        SCMP_SYS(timerfd_gettime)};

constexpr std::array kWaiting = {
    SCMP_SYS(poll),         SCMP_SYS(ppoll),         SCMP_SYS(select),    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),  SCMP_SYS(epoll_pwait2),  SCMP_SYS(eventfd2)};

constexpr std::array kSockets = {
    SCMP_SYS(connect),    SCMP_SYS(accept),      SCMP_SYS(accept4),     SCMP_SYS(bind),
    SCMP_SYS(listen),     SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt), SCMP_SYS(sendto),      SCMP_SYS(sendmsg),     SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),   SCMP_SYS(recvmsg),     SCMP_SYS(recvmmsg),    SCMP_SYS(shutdown)};

/// No library of ours tries these, not even to find out whether they are there.
constexpr std::array kAttacks = {SCMP_SYS(ptrace),
                                 SCMP_SYS(process_vm_readv),
                                 SCMP_SYS(process_vm_writev),
                                 SCMP_SYS(process_madvise),
                                 SCMP_SYS(kcmp),
                                 SCMP_SYS(pidfd_open),
                                 SCMP_SYS(pidfd_getfd),
                                 SCMP_SYS(kill),
                                 SCMP_SYS(tkill),
                                 SCMP_SYS(rt_sigqueueinfo),
                                 SCMP_SYS(rt_tgsigqueueinfo),
                                 SCMP_SYS(fork),
                                 SCMP_SYS(vfork),
                                 SCMP_SYS(execveat),
                                 SCMP_SYS(memfd_create),
                                 SCMP_SYS(unshare),
                                 SCMP_SYS(setns),
                                 SCMP_SYS(mount),
                                 SCMP_SYS(umount2),
                                 SCMP_SYS(move_mount),
                                 SCMP_SYS(open_tree),
                                 SCMP_SYS(fsopen),
                                 SCMP_SYS(chroot),
                                 SCMP_SYS(pivot_root),
                                 SCMP_SYS(setuid),
                                 SCMP_SYS(setgid),
                                 SCMP_SYS(setreuid),
                                 SCMP_SYS(setregid),
                                 SCMP_SYS(setresuid),
                                 SCMP_SYS(setresgid),
                                 SCMP_SYS(setgroups),
                                 SCMP_SYS(bpf),
                                 SCMP_SYS(perf_event_open),
                                 SCMP_SYS(userfaultfd),
                                 SCMP_SYS(io_uring_setup),
                                 SCMP_SYS(keyctl),
                                 SCMP_SYS(add_key),
                                 SCMP_SYS(request_key),
                                 SCMP_SYS(init_module),
                                 SCMP_SYS(finit_module),
                                 SCMP_SYS(kexec_load),
                                 SCMP_SYS(open_by_handle_at),
                                 SCMP_SYS(rename),
                                 SCMP_SYS(renameat2),
                                 SCMP_SYS(link),
                                 SCMP_SYS(linkat),
                                 SCMP_SYS(symlink),
                                 SCMP_SYS(symlinkat),
                                 SCMP_SYS(chmod),
                                 SCMP_SYS(fchmodat),
                                 SCMP_SYS(chown),
                                 SCMP_SYS(fchownat),
                                 SCMP_SYS(mknod),
                                 SCMP_SYS(mknodat)};

void AllowReadingFiles(SyscallFilter& filter) {
  constexpr std::uint64_t kChanges = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
  filter.AllowIf(SCMP_SYS(openat), {ArgumentHasNone(2, kChanges)})
      .AllowIf(SCMP_SYS(open), {ArgumentHasNone(1, kChanges)});
}

void AllowSockets(SyscallFilter& filter) {
  constexpr std::uint64_t kTypeMask = 0xff;  // without SOCK_CLOEXEC and SOCK_NONBLOCK
  for (const int domain : {AF_INET, AF_INET6}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      filter.AllowIf(SCMP_SYS(socket),
                     {ArgumentIs(0, static_cast<std::uint64_t>(domain)),
                      ArgumentIs(1, static_cast<std::uint64_t>(type), kTypeMask)});
    }
  }
  // What the machine's addresses are.
  filter.AllowIf(SCMP_SYS(socket), {ArgumentIs(0, AF_NETLINK), ArgumentIs(2, NETLINK_ROUTE)});
  // Name services of the machine, of which DNS is the one that works without: anything that listens
  // on a socket of this kind may do as it is told, and knows us as the service's user.
  filter.FailQuietly(SCMP_SYS(socket), EAFNOSUPPORT, {ArgumentIs(0, AF_UNIX)});
  // To a child. Not of datagrams, which may be sent to another address.
  filter.AllowIf(SCMP_SYS(socketpair),
                 {ArgumentIs(0, AF_UNIX), ArgumentIs(1, SOCK_STREAM, kTypeMask)});
  filter.Allow(kSockets);
  for (const std::uint64_t request : {FIONBIO, FIONREAD, FIOCLEX, SIOCGIFNAME, SIOCGIFINDEX,
                                      SIOCGIFADDR, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFMTU}) {
    filter.AllowIf(SCMP_SYS(ioctl), {ArgumentIs(1, request)});
  }
  filter.FailQuietly(SCMP_SYS(ioctl), ENOTTY, {ArgumentIs(1, TCGETS)});
}

void AllowOwnProcess(SyscallFilter& filter) {
  constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                        CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  filter.AllowIf(SCMP_SYS(clone), {ArgumentHasNone(0, kNamespaces)});
  filter.FailQuietly(SCMP_SYS(clone3), ENOSYS);  // its arguments cannot be seen; clone it is then
  filter.AllowIf(SCMP_SYS(tgkill), {ArgumentIs(0, static_cast<std::uint64_t>(getpid()))});
  filter.AllowIf(SCMP_SYS(prlimit64), {ArgumentIs(0, 0)});
  filter.AllowIf(SCMP_SYS(setpriority), {ArgumentIs(0, 0), ArgumentIs(1, 0)});
  filter.AllowIf(SCMP_SYS(prctl), {ArgumentIs(0, PR_SET_DUMPABLE), ArgumentIs(1, 0)});
  constexpr std::uint64_t kNameOfMemory = 0x53564d41;  // PR_SET_VMA
  for (const std::uint64_t option :
       {std::uint64_t{PR_SET_NAME}, std::uint64_t{PR_GET_NAME}, std::uint64_t{PR_SET_PDEATHSIG},
        std::uint64_t{PR_SET_NO_NEW_PRIVS}, std::uint64_t{PR_GET_DUMPABLE},
        std::uint64_t{PR_CAPBSET_READ}, std::uint64_t{PR_CAPBSET_DROP},
        std::uint64_t{PR_CAP_AMBIENT}, std::uint64_t{PR_SET_SECCOMP}, kNameOfMemory}) {
    filter.AllowIf(SCMP_SYS(prctl), {ArgumentIs(0, option)});
  }
}

}  // namespace

Result<void> FilterHandlerCalls() {
  const auto filter = SyscallFilter::Make(SyscallFilter::Otherwise::kFailQuietly);
  if (!filter) return {};
  filter->Allow(kFiles).Allow(kMemory).Allow(kThreads).Allow(kProcesses);
  filter->Allow(kSignalsAndTime).Allow(kWaiting).Tell(kAttacks);
  AllowReadingFiles(*filter);
  AllowSockets(*filter);
  AllowOwnProcess(*filter);
  return filter->Load();
}

}  // namespace ingress::sandbox
