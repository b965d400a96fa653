#include "node/cgroups.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "node/text.h"

namespace ingress::node {
namespace {

constexpr std::size_t kMaxLevels = 64;

/// A mounted hierarchy: which part of it, and where.
struct Mount {
  std::string root;
  std::string point;
};

/// mountinfo writes blanks and backslashes as three octal digits.
std::string Unescape(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool Lists(std::string_view names, std::string_view name) {
  const std::vector<std::string_view> all = Split(names, ',');
  return std::ranges::find(all, name) != all.end();
}

/// Line: "36 35 98:0 ROOT POINT OPTIONS [optional fields] - TYPE SOURCE SUPER_OPTIONS".
/// `controller`: empty for version 2.
std::optional<Mount> FindMount(std::string_view mountinfo, std::string_view controller) {
  constexpr std::size_t kRoot = 3;
  constexpr std::size_t kPoint = 4;
  for (const std::string_view line : Split(mountinfo, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (dash - fields.begin() <= static_cast<std::ptrdiff_t>(kPoint)) continue;
    if (fields.end() - dash < 4) continue;
    const bool fits = controller.empty() ? dash[1] == "cgroup2"
                                         : dash[1] == "cgroup" && Lists(dash[3], controller);
    if (fits) return Mount{.root = Unescape(fields[kRoot]), .point = Unescape(fields[kPoint])};
  }
  return std::nullopt;
}

/// Line: "4:cpu,cpuacct:/path", for version 2 "0::/path".
std::optional<std::string> FindPath(std::string_view cgroup, std::string_view controller) {
  for (const std::string_view line : Split(cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const bool fits = controller.empty() ? names.empty() : Lists(names, controller);
    if (fits) return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

/// The part of `path` that can be seen below the mount; empty for the mount itself, and for a path
/// that lies elsewhere, as in a container that sees its own cgroup under the host's name.
std::string Below(const std::string& root, const std::string& path) {
  if (!path.starts_with('/') || path.contains("/..")) return "";
  if (root == "/") return path == "/" ? "" : path;
  if (!path.starts_with(root)) return "";
  const std::string rest = path.substr(root.size());
  return rest.starts_with('/') ? rest : "";
}

std::vector<std::string> LevelsOf(const Mount& mount, const std::string& path) {
  std::vector<std::string> levels;
  std::string rest = Below(mount.root, path);
  while (!rest.empty() && levels.size() < kMaxLevels) {
    levels.push_back(mount.point + rest);
    rest.resize(rest.rfind('/'));
  }
  levels.push_back(mount.point);
  return levels;
}

}  // namespace

CgroupPath FindCgroup(std::string_view cgroup, std::string_view mountinfo,
                      std::string_view controller) {
  using Version = CgroupPath::Version;
  for (const auto& [version, name] :
       {std::pair(Version::kV1, controller), std::pair(Version::kV2, std::string_view())}) {
    const auto mount = FindMount(mountinfo, name);
    const auto path = FindPath(cgroup, name);
    if (mount && path) return {.version = version, .levels = LevelsOf(*mount, *path)};
  }
  return {};
}

}  // namespace ingress::node
