#include "node/node_memory.h"

#include <algorithm>
#include <optional>
#include <string>

#include "node/text.h"

namespace ingress::node {
namespace {

using Version = CgroupPath::Version;

NodeMemory HostMemory(const FileReader& files) {
  constexpr std::uint64_t kKilobyte = 1024;
  const std::string text = files("/proc/meminfo").value_or("");
  return {.total = NumberOf<std::uint64_t>(text, "MemTotal:").value_or(0) * kKilobyte,
          .free = NumberOf<std::uint64_t>(text, "MemAvailable:").value_or(0) * kKilobyte};
}

struct MemoryFiles {
  std::string limit;
  std::string used;
  std::string given_up;  // the name in memory.stat
};

MemoryFiles FilesOf(Version version) {
  if (version == Version::kV2) return {"/memory.max", "/memory.current", "inactive_file"};
  return {"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};
}

/// What a cgroup leaves; empty without a limit: "max", or some 8 EiB in version 1.
std::optional<NodeMemory> CgroupMemory(const FileReader& files, Version version,
                                       const std::string& level) {
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;
  const MemoryFiles names = FilesOf(version);
  const auto limit = ParseNumber<std::uint64_t>(files(level + names.limit).value_or(""));
  if (!limit || *limit == 0 || *limit >= kNoLimit) return std::nullopt;
  const auto used = ParseNumber<std::uint64_t>(files(level + names.used).value_or(""));
  if (!used) return std::nullopt;
  // File pages that nobody has used of late are given up for whoever needs memory.
  const std::uint64_t given_up =
      NumberOf<std::uint64_t>(files(level + "/memory.stat").value_or(""), names.given_up)
          .value_or(0);
  const std::uint64_t kept = *used - std::min(*used, given_up);
  return NodeMemory{.total = *limit, .free = *limit - std::min(*limit, kept)};
}

}  // namespace

NodeMemory ReadNodeMemory(const FileReader& files, const CgroupPath& cgroup) {
  NodeMemory memory = HostMemory(files);
  for (const std::string& level : cgroup.levels) {
    const auto part = CgroupMemory(files, cgroup.version, level);
    if (!part) continue;
    const bool known = memory.total != 0;
    memory.total = known ? std::min(memory.total, part->total) : part->total;
    memory.free = known ? std::min(memory.free, part->free) : part->free;
  }
  return memory;
}

}  // namespace ingress::node
