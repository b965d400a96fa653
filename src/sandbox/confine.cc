#include "sandbox/confine.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "base/result.h"
#include "sandbox/file_rules.h"
#include "sandbox/handler_filter.h"
#include "sandbox/privileges.h"
#include "sandbox/refusal.h"
#include "sandbox/switch.h"
#include "sandbox/syscall_filter.h"
#include "sandbox/transcoder_filter.h"

namespace ingress::sandbox {
namespace {

// Address space. A handler of 43 MB in memory had 0.27 GB of it, a transcoder of 80 MB (720p, three
// layers) 0.29 GB. What decoders take for pictures is judged elsewhere; this is the net beneath.
constexpr rlim_t kHandlerMemory = rlim_t{2} << 30;
constexpr rlim_t kTranscoderMemory = rlim_t{4} << 30;
constexpr rlim_t kTranscoderFiles = 256;

void Step(const Result<void>& done) {
  if (!done) std::fprintf(stderr, "sandbox: %s\n", done.error().context.c_str());
}

}  // namespace

void ConfinePreparation() {
  KeepMemoryPrivate();
  if (!Enabled()) return;
  Step(DropPrivileges({}));
}

void ConfineHandler() {
  KeepMemoryPrivate();
  if (!Enabled()) return;
  Step(DropPrivileges({.memory_now = kHandlerMemory, .memory_of_children = kTranscoderMemory}));
  Step(RestrictFiles(HandlerFileRules()));
  SurviveRefusals();
  TellRefusals();
  Step(FilterHandlerCalls());
}

void ConfineLoading() {
  if (Enabled()) SurviveRefusals();
  KeepMemoryPrivate();
  if (!Enabled()) return;
  Step(DropPrivileges({.files = kTranscoderFiles,
                       .memory_now = kTranscoderMemory,
                       .memory_of_children = kTranscoderMemory}));
}

void ConfineTranscoder() {
  if (!Enabled()) return;
  TellRefusals();
  Step(FilterTranscoderCalls());
}

std::vector<std::string> Missing() {
  std::vector<std::string> missing;
  if (SyscallFilter::Make(SyscallFilter::Otherwise::kTell) == nullptr) {
    missing.emplace_back("seccomp filters (CONFIG_SECCOMP_FILTER)");
  }
  if (LandlockVersion() == 0)
    missing.emplace_back("Landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK)");
  return missing;
}

}  // namespace ingress::sandbox
