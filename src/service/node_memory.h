#pragma once

#include <cstdint>

namespace ingress::service {

/// Memory that this process and its children may use, in bytes; 0 where the system does not tell.
struct NodeMemory {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

/// The host's memory (/proc/meminfo), cut by a cgroup's limit (version 2, memory.max).
NodeMemory ReadNodeMemory();

}  // namespace ingress::service
