#pragma once

#include <cstdint>

#include "node/cgroups.h"
#include "node/files.h"

namespace ingress::node {

/// Memory that this process and its children may use, in bytes; 0 where the system does not tell.
struct NodeMemory {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

/// The host's memory (/proc/meminfo), cut by the limits of `cgroup`, ours (controller "memory").
NodeMemory ReadNodeMemory(const FileReader& files, const CgroupPath& cgroup);

}  // namespace ingress::node
