#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ingress {

void FailCheck(const char* condition, std::source_location where) {
  const std::string_view path = where.file_name();
  const std::string_view file = path.substr(path.rfind('/') + 1);
  std::fprintf(stderr, "check failed: %s (%.*s:%u, %s)\n", condition, static_cast<int>(file.size()),
               file.data(), static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace ingress
