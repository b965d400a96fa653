#include "node/processors.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "node/text.h"

namespace ingress::node {
namespace {

using Version = CgroupPath::Version;

std::optional<double> QuotaOf(const FileReader& files, Version version, const std::string& level) {
  std::optional<double> quota;
  std::optional<double> period;
  if (version == Version::kV2) {
    // "<quota> <period>" in microseconds, or "max <period>".
    const std::string text = files(level + "/cpu.max").value_or("");
    const std::vector<std::string_view> words = Split(text, ' ');
    if (words.size() < 2) return std::nullopt;
    quota = ParseNumber<double>(words[0]);
    period = ParseNumber<double>(words[1]);
  } else {
    // A quota of -1 is none.
    quota = ParseNumber<double>(files(level + "/cpu.cfs_quota_us").value_or(""));
    period = ParseNumber<double>(files(level + "/cpu.cfs_period_us").value_or(""));
  }
  if (!quota || !period || !(*quota > 0) || !(*period > 0)) return std::nullopt;
  return *quota / *period;
}

}  // namespace

std::vector<int> UsableProcessors() {
  std::vector<int> usable;
  constexpr int kMax = 8192;  // the kernel's own limit
  cpu_set_t* set = CPU_ALLOC(kMax);
  if (set == nullptr) return usable;
  const std::size_t size = CPU_ALLOC_SIZE(kMax);
  CPU_ZERO_S(size, set);
  if (sched_getaffinity(0, size, set) == 0) {
    for (int processor = 0; processor < kMax; ++processor) {
      if (CPU_ISSET_S(processor, size, set)) usable.push_back(processor);
    }
  }
  CPU_FREE(set);
  return usable;
}

std::vector<CpuQuota> FindCpuQuotas(const FileReader& files) {
  const std::string cgroup = files("/proc/self/cgroup").value_or("");
  const std::string mounts = files("/proc/self/mountinfo").value_or("");
  const CgroupPath limits = FindCgroup(cgroup, mounts, "cpu");
  // Version 1 counts in a hierarchy that may be mounted apart.
  const CgroupPath usage =
      limits.version == Version::kV1 ? FindCgroup(cgroup, mounts, "cpuacct") : limits;
  std::vector<CpuQuota> quotas;
  for (std::size_t i = 0; i < limits.levels.size(); ++i) {
    const auto cores = QuotaOf(files, limits.version, limits.levels[i]);
    if (!cores) continue;
    CpuQuota quota{.cores = *cores, .version = limits.version, .usage_file = {}};
    // Only a cgroup of the same place counts the same processes.
    if (usage.version == limits.version && usage.levels.size() == limits.levels.size()) {
      quota.usage_file =
          usage.levels[i] + (limits.version == Version::kV2 ? "/cpu.stat" : "/cpuacct.usage");
    }
    quotas.push_back(std::move(quota));
  }
  return quotas;
}

double NodeCores(std::size_t processors, std::span<const CpuQuota> quotas,
                 std::optional<double> requested) {
  if (requested) return *requested;
  double cores = std::max<double>(1, static_cast<double>(processors));
  for (const CpuQuota& quota : quotas) cores = std::min(cores, quota.cores);
  return cores;
}

}  // namespace ingress::node
