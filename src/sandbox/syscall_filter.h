#pragma once

#include <seccomp.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"

namespace ingress::sandbox {

/// A condition on an argument, counted from 0: it has this value, all of these bits, none of them.
/// Of ArgumentIs() only the low 32 bits count, as in the kernel where it takes an int.
scmp_arg_cmp ArgumentIs(unsigned argument, std::uint64_t value);
scmp_arg_cmp ArgumentHasAll(unsigned argument, std::uint64_t bits);
scmp_arg_cmp ArgumentHasNone(unsigned argument, std::uint64_t bits);
/// `mask`: the bits that are compared.
scmp_arg_cmp ArgumentIs(unsigned argument, std::uint64_t value, std::uint64_t mask);

/// A list of the system calls that a process may make, for all of its threads and for good, its
/// children's included.
class SyscallFilter {
 public:
  /// What becomes of a call that no rule names.
  enum class Otherwise {
    kTell,         // fails with EPERM and is told; SurviveRefusals() first, or the process ends
    kFailQuietly,  // fails with EPERM
  };

  /// Null where the kernel has no such filters.
  static std::unique_ptr<SyscallFilter> Make(Otherwise otherwise);

  SyscallFilter& Allow(std::span<const int> calls);
  /// When all `conditions` on the arguments hold. Several rules for a call: when one of them holds.
  SyscallFilter& AllowIf(int call, std::initializer_list<scmp_arg_cmp> conditions);
  /// As Otherwise::kTell, in a filter that else fails quietly.
  SyscallFilter& Tell(std::span<const int> calls);
  /// For what libraries try and do well without: fails with `error`, and is not told.
  SyscallFilter& FailQuietly(int call, int error,
                             std::initializer_list<scmp_arg_cmp> conditions = {});

  /// Errors: kInternal when a rule or the filter as a whole was not taken.
  Result<void> Load();

 private:
  explicit SyscallFilter(scmp_filter_ctx context) : context_(context, &seccomp_release) {}
  void Add(std::uint32_t action, int call, std::span<const scmp_arg_cmp> conditions);

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  std::optional<Error> failed_;
};

}  // namespace ingress::sandbox
