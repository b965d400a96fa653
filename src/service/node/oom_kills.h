#pragma once

#include <cstdint>

namespace ingress::service {

/// How many processes of this host the kernel has ended for want of memory, in any cgroup
/// (/proc/vmstat, oom_kill); 0 where that is not told.
std::uint64_t OomKills();

}  // namespace ingress::service
