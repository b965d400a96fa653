#pragma once

#include <functional>
#include <optional>
#include <string>

namespace ingress::node {

/// Reads one of the kernel's small text files (/proc, /sys/fs/cgroup); empty where there is none.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

/// Of this system. A file is read to kLongestFile at most.
FileReader SystemFiles();
inline constexpr std::size_t kLongestFile = std::size_t{4} << 20;

}  // namespace ingress::node
