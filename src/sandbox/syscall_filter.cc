#include "sandbox/syscall_filter.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ingress::sandbox {
namespace {

bool KernelHasFilters() {
  const std::uint32_t action = SECCOMP_RET_TRAP;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

}  // namespace

scmp_arg_cmp ArgumentIs(unsigned argument, std::uint64_t value, std::uint64_t mask) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value & mask};
}

scmp_arg_cmp ArgumentIs(unsigned argument, std::uint64_t value) {
  constexpr std::uint64_t kLow32 = 0xffffffff;
  return ArgumentIs(argument, value, kLow32);
}

scmp_arg_cmp ArgumentHasAll(unsigned argument, std::uint64_t bits) {
  return ArgumentIs(argument, bits, bits);
}

scmp_arg_cmp ArgumentHasNone(unsigned argument, std::uint64_t bits) {
  return ArgumentIs(argument, 0, bits);
}

std::unique_ptr<SyscallFilter> SyscallFilter::Make(Otherwise otherwise) {
  if (!KernelHasFilters()) return nullptr;
  scmp_filter_ctx context =
      seccomp_init(otherwise == Otherwise::kTell ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM));
  if (context == nullptr) return nullptr;
  seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
  // Before Linux 5.16 a filter also switched on a defence against speculative stores, for programs
  // that run others' code in their own memory; it slows decoders down by a tenth and more.
  seccomp_attr_set(context, SCMP_FLTATR_CTL_SSB, 1);
  constexpr std::uint32_t kBinaryTree = 2;
  seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, kBinaryTree);
  return std::unique_ptr<SyscallFilter>(new SyscallFilter(context));
}

void SyscallFilter::Add(std::uint32_t action, int call, std::span<const scmp_arg_cmp> conditions) {
  const int result = seccomp_rule_add_array(
      context_.get(), action, call, static_cast<unsigned>(conditions.size()), conditions.data());
  // Negative numbers stand for calls that this processor's kernel does not have.
  if (result == 0 || call < 0 || failed_) return;
  failed_ = Error{ErrorCode::kInternal, "seccomp: rule for the system call " +
                                            std::to_string(call) + ": " + std::strerror(-result)};
}

SyscallFilter& SyscallFilter::Allow(std::span<const int> calls) {
  for (const int call : calls) Add(SCMP_ACT_ALLOW, call, {});
  return *this;
}

SyscallFilter& SyscallFilter::AllowIf(int call, std::initializer_list<scmp_arg_cmp> conditions) {
  Add(SCMP_ACT_ALLOW, call, conditions);
  return *this;
}

SyscallFilter& SyscallFilter::Tell(std::span<const int> calls) {
  for (const int call : calls) Add(SCMP_ACT_TRAP, call, {});
  return *this;
}

SyscallFilter& SyscallFilter::FailQuietly(int call, int error,
                                          std::initializer_list<scmp_arg_cmp> conditions) {
  Add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, conditions);
  return *this;
}

Result<void> SyscallFilter::Load() {
  if (failed_) return std::unexpected(*failed_);
  const int result = seccomp_load(context_.get());
  if (result == 0) return {};
  return Fail(ErrorCode::kInternal, std::string("seccomp: load: ") + std::strerror(-result));
}

}  // namespace ingress::sandbox
