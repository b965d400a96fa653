#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <thread>

#include "sandbox/confine.h"
#include "sandbox/file_rules.h"
#include "sandbox/testing/box.h"

namespace ingress::sandbox {
namespace {

/// From now on this process' kernel knows neither Landlock nor seccomp(2), as those of before Linux
/// 3.17 and 5.13 and those built without them.
void ForgetSeccompAndLandlock() {
  constexpr auto kUnknown = SECCOMP_RET_ERRNO | (ENOSYS & SECCOMP_RET_DATA);
  constexpr auto kNumber = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  std::array<sock_filter, 5> rules = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, kUnknown),
  }};
  const sock_fprog program{.len = rules.size(), .filter = rules.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    _exit(99);  // more than any test below returns
  }
}

class OldKernel : public BoxTest {};

TEST_F(OldKernel, IsToldOfInWords) {
  const Outcome outcome = RunInBox(ForgetSeccompAndLandlock, [] {
    for (const std::string& missing : Missing()) std::fprintf(stderr, "%s\n", missing.c_str());
    return 0;
  });
  EXPECT_EQ(outcome.said,
            "seccomp filters (CONFIG_SECCOMP_FILTER)\n"
            "Landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK)\n");
}

TEST_F(OldKernel, LetsAHandlerWorkAndSaysNothing) {
  const Outcome outcome = RunInBox(
      [] {
        ForgetSeccompAndLandlock();
        ConfineHandler();
      },
      [] {
        const int file = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
        const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return file >= 0 && socket_fd >= 0 ? 0 : 1;
      });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, "") << "the service has told of it at its start";
}

TEST_F(OldKernel, LetsATranscoderWorkWithTheLimitsThatItHas) {
  const Outcome outcome = RunInBox(
      [] {
        ForgetSeccompAndLandlock();
        ConfineLoading();
        ConfineTranscoder();
      },
      [] {
        int sum = 0;
        std::thread([&sum] { sum = 42; }).join();
        rlimit files{};
        getrlimit(RLIMIT_FSIZE, &files);
        const bool unprivileged = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
        return sum == 42 && files.rlim_max == 0 && unprivileged ? 0 : 1;
      });
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.said, "");
}

}  // namespace
}  // namespace ingress::sandbox
