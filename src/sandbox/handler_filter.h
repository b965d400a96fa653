#pragma once

#include "base/result.h"

namespace ingress::sandbox {

/// Leaves this process the system calls that a handler and, until it has a filter of its own, the
/// transcoder that it starts may make: sockets of the Internet protocols, files to read, threads,
/// and starting a program. Everything that changes a file, looks into another process, or only
/// administrators need is refused. Does nothing where the kernel has no filters.
///
/// What is refused fails quietly, but for what nothing but an attack tries, which is told: a
/// program that is just being started has no handler for the signal of a refusal, and would end by
/// it.
///
/// Errors: kInternal as of SyscallFilter::Load().
Result<void> FilterHandlerCalls();

}  // namespace ingress::sandbox
