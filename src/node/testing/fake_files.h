#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "node/files.h"

namespace ingress::node {

/// Files as a test wants them; what is set later is read from then on.
class FakeFiles {
 public:
  std::string& operator[](const std::string& path) { return (*texts_)[path]; }

  FileReader reader() const {
    return [texts = texts_](const std::string& path) -> std::optional<std::string> {
      const auto found = texts->find(path);
      if (found == texts->end()) return std::nullopt;
      return found->second;
    };
  }

 private:
  std::shared_ptr<std::map<std::string, std::string>> texts_ =
      std::make_shared<std::map<std::string, std::string>>();
};

// What kernels show of containers and services, shortened.

// Version 2, a container with a cgroup namespace of its own.
inline constexpr const char* kNamespacedCgroup = "0::/\n";
inline constexpr const char* kNamespacedMounts =
    "1046 1045 0:190 / /proc rw,nosuid - proc proc rw\n"
    "1050 1049 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n";

// Version 2, a systemd service on the host.
inline constexpr const char* kServiceCgroup = "0::/system.slice/ingress.service\n";
inline constexpr const char* kServiceMounts =
    "24 30 0:22 / /proc rw,relatime shared:13 - proc proc rw\n"
    "35 25 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

// Version 1, Docker: the container sees its own cgroup at the mount point, under the host's name.
inline constexpr const char* kDockerCgroup =
    "12:cpu,cpuacct:/docker/5f1d\n5:memory:/docker/5f1d\n1:name=systemd:/docker/5f1d\n0::/\n";
inline constexpr const char* kDockerMounts =
    "1 0 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "2 1 0:29 /docker/5f1d /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
    "3 1 0:32 /docker/5f1d /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n";

// Version 1 and 2 side by side, controllers mounted apart, nested.
inline constexpr const char* kHybridCgroup =
    "4:memory:/live\n2:cpuacct:/live/ingress\n1:cpu:/live/ingress\n0::/live\n";
inline constexpr const char* kHybridMounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

}  // namespace ingress::node
