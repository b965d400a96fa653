#pragma once

#include <sys/resource.h>

#include <cstdint>

#include "base/result.h"

namespace ingress::sandbox {

/// What a process may take of the system at most. `memory` is address space, of which a process
/// takes a multiple of what it uses: stacks of threads and libraries count in full.
struct Limits {
  rlim_t files = 1024;
  rlim_t memory_now = RLIM_INFINITY;          // bytes; what this process may take
  rlim_t memory_of_children = RLIM_INFINITY;  // bytes; what its children may raise theirs to
};

/// Keeps what is in memory, keys and tokens, to this process: no core dumps, no debugger of the
/// same user, no reading of /proc/<pid>/mem and environ. Does nothing where core dumps are wanted.
void KeepMemoryPrivate();

/// Gives up, for this process and all that it will start, every capability, every way to gain
/// privileges by an exec, writing to files, and more than `limits`. Call before there are threads.
///
/// Errors: kInternal with the step and errno's text.
Result<void> DropPrivileges(const Limits& limits);

}  // namespace ingress::sandbox
