#include "service/node_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace ingress::service {
namespace {

NodeMemory HostMemory() {
  NodeMemory memory;
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line)) {
    constexpr std::uint64_t kKilobyte = 1024;
    if (line.starts_with("MemTotal:")) memory.total = std::stoull(line.substr(9)) * kKilobyte;
    if (line.starts_with("MemAvailable:")) {
      memory.free = std::stoull(line.substr(13)) * kKilobyte;
      break;
    }
  }
  return memory;
}

}  // namespace

NodeMemory ReadNodeMemory() {
  NodeMemory memory = HostMemory();
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  // "max" does not parse: no limit.
  if (!(std::ifstream("/sys/fs/cgroup/memory.max") >> limit) || limit == 0) return memory;
  if (!(std::ifstream("/sys/fs/cgroup/memory.current") >> used)) return memory;
  // File pages that nobody has used of late are given up for whoever needs memory.
  std::ifstream stat("/sys/fs/cgroup/memory.stat");
  std::string name;
  std::uint64_t value = 0;
  while (stat >> name >> value) {
    if (name == "inactive_file") used -= std::min(used, value);
  }
  memory.total = std::min(memory.total, limit);
  memory.free = std::min(memory.free, limit - std::min(limit, used));
  return memory;
}

}  // namespace ingress::service
