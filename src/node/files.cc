#include "node/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"

namespace ingress::node {
namespace {

std::optional<std::string> Read(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 16384> part;
  while (text.size() < kLongestFile) {
    const ssize_t size = read(file.get(), part.data(), part.size());
    if (size < 0) return std::nullopt;
    if (size == 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

FileReader SystemFiles() { return Read; }

}  // namespace ingress::node
