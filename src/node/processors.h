#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "node/cgroups.h"
#include "node/files.h"

namespace ingress::node {

/// The processors that this process may run on, by number; as the kernel counts them in /proc/stat.
std::vector<int> UsableProcessors();

/// A cgroup that may use only so much processor time, with all that runs in it.
struct CpuQuota {
  double cores = 0;
  CgroupPath::Version version = CgroupPath::Version::kNone;
  std::string usage_file;  // what it has used since it was made
};

/// The quotas that hold for this process: of its cgroup and of those around it, version 1 and 2.
std::vector<CpuQuota> FindCpuQuotas(const FileReader& files);

/// The cores that this process may use: the processors, cut by the smallest quota, or `requested`
/// (LIVEKIT_CPU_REQUEST) in place of both.
double NodeCores(std::size_t processors, std::span<const CpuQuota> quotas,
                 std::optional<double> requested);

}  // namespace ingress::node
