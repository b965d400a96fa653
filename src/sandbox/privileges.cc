#include "sandbox/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "sandbox/switch.h"

namespace ingress::sandbox {
namespace {

std::unexpected<Error> Failed(const char* step) {
  return Fail(ErrorCode::kInternal, std::string(step) + ": " + std::strerror(errno));
}

Result<void> DropCapabilities() {
  // The bounding set is what an exec by root would give back. Without CAP_SETPCAP it stays, and
  // no_new_privs, which was set before, keeps anything from being gained by it.
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
       ++capability) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return Failed("capset");
  return {};
}

/// Lowers a limit; what is lower already stays.
Result<void> Limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return Failed("getrlimit");
  limit.rlim_max = std::min(limit.rlim_max, hard);
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  if (setrlimit(resource, &limit) != 0) return Failed("setrlimit");
  return {};
}

}  // namespace

void KeepMemoryPrivate() {
  if (CoreDumpsWanted()) return;
  // The limit binds the kernel when it writes a file; the flag also when it feeds a program that
  // collects core dumps. Neither can fail with these arguments.
  (void)Limit(RLIMIT_CORE, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

Result<void> DropPrivileges(const Limits& limits) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("no_new_privs");
  if (auto dropped = DropCapabilities(); !dropped) return dropped;
  // RLIMIT_NPROC has no place here: it counts all threads of the user, other sessions' included.
  std::signal(SIGXFSZ, SIG_IGN);  // a write to a file fails, and does not end us
  if (auto set = Limit(RLIMIT_FSIZE, 0, 0); !set) return set;
  if (auto set = Limit(RLIMIT_NOFILE, limits.files, limits.files); !set) return set;
  return Limit(RLIMIT_AS, limits.memory_now, limits.memory_of_children);
}

}  // namespace ingress::sandbox
