#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ingress::node {

/// Where a cgroup controller rules this process.
struct CgroupPath {
  enum class Version { kNone, kV1, kV2 };

  Version version = Version::kNone;
  /// Directories, our own cgroup's first, then those it lies in as far as they can be seen. Each
  /// sets limits of its own.
  std::vector<std::string> levels;
};

/// Finds the directories of `controller` ("cpu", "cpuacct", "memory").
/// `cgroup`: the text of /proc/self/cgroup, `mountinfo`: of /proc/self/mountinfo. A controller that
/// is mounted the old way (version 1) counts as that, whatever version 2 says.
CgroupPath FindCgroup(std::string_view cgroup, std::string_view mountinfo,
                      std::string_view controller);

}  // namespace ingress::node
