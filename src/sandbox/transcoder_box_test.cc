#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/process_usage.h"
#include "base/stack_trace.h"
#include "sandbox/confine.h"
#include "sandbox/switch.h"
#include "sandbox/syscall_filter.h"
#include "sandbox/testing/box.h"

namespace ingress::sandbox {
namespace {

/// As the process does it.
void Confine() {
  ConfineLoading();
  PrepareStackTraces();
  ReadProcessUsage();
  ConfineTranscoder();
}

class TranscoderBox : public BoxTest {
 protected:
  static int Try(const std::function<long()>& call) {
    return RunInBox(Confine, [&call] { return ErrorOf(call()); }).code;
  }
};

TEST_F(TranscoderBox, OpensNoFile) {
  EXPECT_EQ(Try([] { return open("/etc/hosts", O_RDONLY); }), EPERM);
  EXPECT_EQ(Try([] { return open("/dev/null", O_WRONLY); }), EPERM);
  EXPECT_EQ(Try([] { return open("/proc/self/mem", O_RDWR); }), EPERM);
  EXPECT_EQ(Try([] { return open("/tmp/x", O_WRONLY | O_CREAT | O_EXCL, 0600); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_openat2, AT_FDCWD, "/etc/hosts", nullptr, 0); }), EPERM);
  EXPECT_EQ(Try([] { return mkdir("/tmp/x", 0700); }), EPERM);
  EXPECT_EQ(Try([] { return unlink("/tmp/x"); }), EPERM);
  EXPECT_EQ(Try([] { return access("/etc/hosts", R_OK); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_memfd_create, "x", 0); }), EPERM);
  EXPECT_EQ(
      RunInBox(Confine, [] { return dlopen("libutil.so.1", RTLD_NOW) == nullptr ? 0 : 1; }).code,
      0);
}

TEST_F(TranscoderBox, ReachesNobodyOverASocket) {
  EXPECT_EQ(Try([] { return socket(AF_INET, SOCK_STREAM, 0); }), EPERM);
  EXPECT_EQ(Try([] { return socket(AF_INET, SOCK_DGRAM, 0); }), EPERM);
  EXPECT_EQ(Try([] { return socket(AF_UNIX, SOCK_STREAM, 0); }), EPERM);
  std::array<int, 2> pair{};
  EXPECT_EQ(Try([&] { return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()); }), EPERM);
  EXPECT_EQ(Try([&] { return socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()); }), 0)
      << "to itself alone";
  const int made_before = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(made_before, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  EXPECT_EQ(Try([&] { return connect(made_before, address, sizeof to); }), EPERM);
  EXPECT_EQ(Try([&] { return bind(made_before, address, sizeof to); }), EPERM);
  EXPECT_EQ(Try([&] { return sendto(made_before, "x", 1, 0, address, sizeof to); }), EPERM);
  close(made_before);
}

TEST_F(TranscoderBox, StartsNoProcessAndTouchesNone) {
  const pid_t parent = getpid();
  EXPECT_EQ(Try([] {
              const std::array<char*, 1> none{};
              return execve("/proc/self/exe", none.data(), none.data());
            }),
            EPERM);
  EXPECT_EQ(Try([] { return fork(); }), EPERM);
  EXPECT_EQ(Try([] { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); }), EPERM);
  EXPECT_EQ(Try([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), EPERM);
  EXPECT_EQ(Try([&] { return kill(parent, 0); }), EPERM);
  EXPECT_EQ(Try([&] { return syscall(SYS_tgkill, parent, parent, 0); }), EPERM);
  EXPECT_EQ(Try([&] {
              const rlimit none{.rlim_cur = 0, .rlim_max = 0};
              return setrlimit(RLIMIT_NOFILE, &none);
            }),
            EPERM);
}

TEST_F(TranscoderBox, DoesWhatDecodingTakes) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const Outcome outcome = RunInBox(Confine, [&pair] {
    int sum = 0;
    std::thread([&sum] { sum = 42; }).join();
    if (sum != 42) return 1;
    const std::vector<char> large(std::size_t{64} << 20, 1);
    if (large.back() != 1) return 2;
    constexpr std::size_t kPage = 4096;
    void* code = mmap(nullptr, kPage, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return 3;
    char byte = 7;
    if (send(pair[0], &byte, 1, MSG_NOSIGNAL) != 1) return 4;
    if (recv(pair[1], &byte, 1, 0) != 1 || byte != 7) return 5;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (ReadProcessUsage().resident_bytes == 0) return 6;
    return 0;
  });
  EXPECT_EQ(outcome.code, 0) << outcome.said;
  EXPECT_EQ(outcome.said, "");
  close(pair[0]);
  close(pair[1]);
}

TEST_F(TranscoderBox, StillWritesItsStackAndEndsAsAFaultDoes) {
  const Outcome traced = RunInBox(Confine, [] {
    raise(kStackSignal);
    return 0;
  });
  EXPECT_EQ(traced.code, 0);
  EXPECT_NE(traced.said.find("stack of thread"), std::string::npos) << traced.said;
  EXPECT_NE(traced.said.find("TranscoderBox"), std::string::npos)
      << "names of our own: " << traced.said;
  EXPECT_EQ(traced.said.find("sandbox:"), std::string::npos) << traced.said;
  EXPECT_EQ(RunInBox(Confine, []() -> int { std::abort(); }).signal, SIGABRT);
}

TEST_F(TranscoderBox, TellsWhatItRefusesAndOnce) {
  const Outcome outcome = RunInBox(Confine, [] {
    for (int i = 0; i < 3; ++i) open("/etc/h\x1b[2Josts", O_RDONLY);
    socket(AF_INET, SOCK_STREAM, 0);
    return 0;
  });
  EXPECT_EQ(outcome.said,
            Told("openat", SYS_openat, "/etc/h?[2Josts") + Told("socket", SYS_socket));
}

TEST_F(TranscoderBox, DoesNotTellOfCountingProcessors) {
  const Outcome outcome = RunInBox(Confine, [] {
    if (open("/sys/devices/system/cpu/online", O_RDONLY) >= 0) return 1;
    return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? 0 : 2;
  });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, "");
}

TEST_F(TranscoderBox, DoesNotTellOfATemporaryFileThatALibraryDoesWithout) {
  const Outcome outcome = RunInBox(Confine, [] {
    std::string name = "/tmp/orcexec.XXXXXX";
    return mkstemp(name.data()) < 0 ? 0 : 1;
  });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, "");
}

TEST_F(TranscoderBox, ClosesWhenThreadsRunAlready) {
  const Outcome outcome = RunInBox([] { ConfineLoading(); },
                                   [] {
                                     std::atomic<bool> confined = false;
                                     int error = 0;
                                     std::thread loaded([&] {
                                       while (!confined) std::this_thread::yield();
                                       error = ErrorOf(socket(AF_INET, SOCK_STREAM, 0));
                                     });
                                     ConfineTranscoder();
                                     confined = true;
                                     loaded.join();
                                     return error;
                                   });
  EXPECT_EQ(outcome.code, EPERM);
}

}  // namespace
}  // namespace ingress::sandbox
