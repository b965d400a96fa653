#include <dirent.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "sandbox/confine.h"
#include "sandbox/file_rules.h"
#include "sandbox/switch.h"
#include "sandbox/syscall_filter.h"
#include "sandbox/testing/box.h"

namespace ingress::sandbox {
namespace {

class HandlerBox : public BoxTest {
 protected:
  static int Try(const std::function<long()>& call) {
    return RunInBox(ConfineHandler, [&call] { return ErrorOf(call()); }).code;
  }
  static int TrySocket(int domain, int type, int protocol = 0) {
    return Try([&] { return socket(domain, type, protocol); });
  }
};

TEST_F(HandlerBox, ReachesOtherMachinesAndNoProgramOfThisOne) {
  EXPECT_EQ(TrySocket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC), 0);
  EXPECT_EQ(TrySocket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP), 0);
  EXPECT_NE(TrySocket(AF_INET6, SOCK_STREAM), EPERM);  // a machine may have no IPv6
  EXPECT_EQ(TrySocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), 0);
  EXPECT_EQ(TrySocket(AF_UNIX, SOCK_STREAM), EAFNOSUPPORT);
  EXPECT_EQ(TrySocket(AF_UNIX, SOCK_DGRAM), EAFNOSUPPORT);
  EXPECT_EQ(TrySocket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM);
  EXPECT_EQ(TrySocket(AF_PACKET, SOCK_RAW), EPERM);
  EXPECT_EQ(TrySocket(AF_VSOCK, SOCK_STREAM), EPERM);
  EXPECT_EQ(TrySocket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT), EPERM);
  std::array<int, 2> pair{};
  EXPECT_EQ(Try([&] { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()); }),
            0);
  EXPECT_EQ(Try([&] { return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()); }), EPERM);
}

TEST_F(HandlerBox, LooksUpNamesAndRunsThreads) {
  const Outcome outcome = RunInBox(ConfineHandler, [] {
    addrinfo* found = nullptr;
    const int looked_up = getaddrinfo("localhost", "80", nullptr, &found);
    if (found != nullptr) freeaddrinfo(found);
    int sum = 0;
    std::thread([&sum] { sum = 42; }).join();
    return looked_up == 0 && sum == 42 ? 0 : 1;
  });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, "");
}

TEST_F(HandlerBox, ChangesNoFile) {
  const std::string own = (std::filesystem::temp_directory_path() / "handler-box").string();
  std::ofstream(own) << "x";
  EXPECT_EQ(Try([&] { return open(own.c_str(), O_WRONLY); }), EPERM);
  EXPECT_EQ(Try([&] { return open(own.c_str(), O_RDWR); }), EPERM);
  EXPECT_EQ(Try([&] { return open(own.c_str(), O_RDONLY | O_TRUNC); }), EPERM);
  EXPECT_EQ(Try([&] { return open((own + ".new").c_str(), O_RDONLY | O_CREAT, 0600); }), EPERM);
  EXPECT_EQ(Try([&] { return open("/tmp", O_TMPFILE | O_RDWR, 0600); }), EPERM);
  EXPECT_EQ(Try([&] { return unlink(own.c_str()); }), EPERM);
  EXPECT_EQ(Try([&] { return rename(own.c_str(), (own + ".new").c_str()); }), EPERM);
  EXPECT_EQ(Try([&] { return truncate(own.c_str(), 0); }), EPERM);
  EXPECT_EQ(Try([&] { return chmod(own.c_str(), 0777); }), EPERM);
  EXPECT_EQ(Try([&] { return mkdir((own + ".d").c_str(), 0700); }), EPERM);
  EXPECT_EQ(Try([&] { return symlink("/etc/passwd", (own + ".l").c_str()); }), EPERM);
  EXPECT_EQ(Try([] { return open("/proc/sys/kernel/core_pattern", O_WRONLY); }), EPERM);
  EXPECT_EQ(std::filesystem::file_size(own), 1U);
  std::filesystem::remove(own);
}

TEST_F(HandlerBox, ReadsWhatLibrariesReadAndNothingElse) {
  if (LandlockVersion() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* path : {"/etc/hosts", "/proc/self/statm", "/proc/self/exe", "/dev/urandom"}) {
    EXPECT_EQ(Try([path] { return open(path, O_RDONLY); }), 0) << path;
  }
  const std::string own = (std::filesystem::temp_directory_path() / "handler-box-secret").string();
  std::ofstream(own) << "api_secret: x";
  EXPECT_EQ(Try([&] { return open(own.c_str(), O_RDONLY); }), EACCES);
  std::filesystem::remove(own);
  for (const char* path : {"/", "/etc", "/root", "/tmp", "/proc", "/etc/fstab", "/bin/sh"}) {
    if (!std::filesystem::exists(path)) continue;
    EXPECT_EQ(Try([path] { return open(path, O_RDONLY); }), EACCES) << path;
  }
  const std::string parent = "/proc/" + std::to_string(getpid());
  EXPECT_EQ(Try([&] { return open(parent.c_str(), O_RDONLY | O_DIRECTORY); }), EACCES);
  EXPECT_NE(Try([&] { return open((parent + "/environ").c_str(), O_RDONLY); }), 0);
  EXPECT_NE(Try([&] { return open((parent + "/mem").c_str(), O_RDONLY); }), 0);
}

TEST_F(HandlerBox, ReadsWhatTheOperatorAdds) {
  const std::string own = "/tmp/handler-box-extra";
  std::ofstream(own) << "-----BEGIN CERTIFICATE-----";
  const auto confine = [] {
    setenv("INGRESS_READABLE_PATHS", "/nowhere:/tmp/handler-box-extra", 1);
    ConfineHandler();
  };
  EXPECT_EQ(RunInBox(confine, [&] { return ErrorOf(open(own.c_str(), O_RDONLY)); }).code, 0);
  std::filesystem::remove(own);
}

TEST_F(HandlerBox, StartsNoProgramButItsOwn) {
  if (LandlockVersion() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* program : {"/bin/sh", "/bin/true", "/usr/bin/env"}) {
    EXPECT_EQ(Try([program] {
                const std::array<char*, 1> none{};
                return execve(program, none.data(), none.data());
              }),
              EACCES)
        << program;
  }
  const Outcome own = RunInBox(ConfineHandler, [] {
    close(STDOUT_FILENO);
    std::string name = "test";
    std::string list = "--gtest_list_tests";
    const std::array<char*, 3> arguments{name.data(), list.data(), nullptr};
    const std::array<char*, 1> none{};
    execve("/proc/self/exe", arguments.data(), none.data());
    return 99;
  });
  EXPECT_EQ(own.code, 0) << own.said << " signal " << own.signal;
}

TEST_F(HandlerBox, TouchesNoOtherProcess) {
  const pid_t parent = getpid();
  EXPECT_EQ(Try([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), EPERM);
  EXPECT_EQ(Try([&] { return ptrace(PTRACE_ATTACH, parent, nullptr, nullptr); }), EPERM);
  EXPECT_EQ(Try([&] { return kill(parent, 0); }), EPERM);
  EXPECT_EQ(Try([&] { return syscall(SYS_tgkill, parent, parent, 0); }), EPERM);
  EXPECT_EQ(Try([&] { return syscall(SYS_pidfd_open, parent, 0); }), EPERM);
  EXPECT_EQ(Try([&] {
              char byte = 0;
              const iovec local{.iov_base = &byte, .iov_len = 1};
              const iovec remote{.iov_base = &byte, .iov_len = 1};
              return process_vm_readv(parent, &local, 1, &remote, 1, 0);
            }),
            EPERM);
  EXPECT_EQ(Try([&] {
              const rlimit none{.rlim_cur = 0, .rlim_max = 0};
              return prlimit(parent, RLIMIT_NOFILE, &none, nullptr);
            }),
            EPERM);
}

TEST_F(HandlerBox, UsesNothingOfAnAdministrator) {
  EXPECT_EQ(Try([] { return unshare(CLONE_NEWUSER); }), EPERM);
  EXPECT_EQ(Try([] { return setuid(getuid()); }), EPERM);
  EXPECT_EQ(Try([] { return chroot("/"); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_bpf, 0, nullptr, 0); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_io_uring_setup, 1, nullptr); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_userfaultfd, 0); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_keyctl, 0, 0); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_memfd_create, "x", 0); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }), EPERM);
}

TEST_F(HandlerBox, TellsWhatOnlyAnAttackTriesAndOnce) {
  const Outcome outcome = RunInBox(ConfineHandler, [] {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    kill(getppid(), 0);
    return 0;
  });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, Told("ptrace", SYS_ptrace) + Told("kill", SYS_kill));
}

TEST_F(HandlerBox, KeepsItsMemoryToItself) {
  EXPECT_EQ(Try([] { return prctl(PR_GET_DUMPABLE) == 0 ? 0 : -1; }), 0);
  EXPECT_EQ(Try([] { return prctl(PR_SET_DUMPABLE, 1); }), EPERM);
}

TEST_F(HandlerBox, HasLimits) {
  EXPECT_EQ(Try([] {
              constexpr std::size_t kTooMuch = std::size_t{3} << 30;
              void* mapped = mmap(nullptr, kTooMuch, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return mapped == MAP_FAILED ? -1 : 0;
            }),
            ENOMEM);
  EXPECT_EQ(
      RunInBox(ConfineHandler,
               [] {
                 rlimit core{};
                 rlimit files{};
                 rlimit size{};
                 getrlimit(RLIMIT_CORE, &core);
                 getrlimit(RLIMIT_NOFILE, &files);
                 getrlimit(RLIMIT_FSIZE, &size);
                 return core.rlim_max == 0 && files.rlim_max <= 1024 && size.rlim_max == 0 ? 0 : 1;
               })
          .code,
      0);
}

TEST_F(HandlerBox, HasNoPrivileges) {
  std::array<int, 2> go{};
  ASSERT_EQ(pipe2(go.data(), O_CLOEXEC), 0);
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    ConfineHandler();
    char byte = 0;
    const bool told = write(ready[1], &byte, 1) == 1;
    _exit(told && read(go[0], &byte, 1) == 1 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  std::ifstream file("/proc/" + std::to_string(child) + "/status");
  const std::string status(std::istreambuf_iterator<char>(file), {});
  ASSERT_EQ(write(go[1], &byte, 1), 1);
  int result = 0;
  waitpid(child, &result, 0);
  for (const char* line :
       {"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
        "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"}) {
    EXPECT_NE(status.find(line), std::string::npos) << line << " in\n" << status;
  }
  for (const int fd : {go[0], go[1], ready[0], ready[1]}) close(fd);
}

TEST_F(HandlerBox, IsOpenWhereTheOperatorSaysSo) {
  const Outcome outcome = RunInBox(
      [] {
        setenv("INGRESS_SANDBOX", "off", 1);
        ConfineHandler();
      },
      [] { return ErrorOf(open("/etc", O_RDONLY)) + ErrorOf(kill(getppid(), 0)); });
  EXPECT_EQ(outcome.code, 0) << outcome.said;
}

}  // namespace
}  // namespace ingress::sandbox
