#pragma once

#include "base/result.h"

namespace ingress::sandbox {

/// Leaves this process what decoding and encoding takes, for good: threads, memory, time, and the
/// descriptors that it has. No file can be opened and no socket made; it is told when that is
/// tried. Call SurviveRefusals() before. Does nothing where the kernel has no filters.
///
/// Errors: kInternal as of SyscallFilter::Load().
Result<void> FilterTranscoderCalls();

}  // namespace ingress::sandbox
