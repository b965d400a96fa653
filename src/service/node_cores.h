#pragma once

namespace ingress::service {

/// The processors this process may use: the affinity mask, cut by a cgroup's CPU quota (version 2,
/// cpu.max), or LIVEKIT_CPU_REQUEST when that is set to a positive number.
double NodeCores();

}  // namespace ingress::service
