#include "service/workers/handler_environment.h"

#include <algorithm>
#include <string_view>

#include "ipc/environment.h"

namespace ingress::service {
namespace {

constexpr std::string_view kReadable = "INGRESS_READABLE_PATHS=";

void LetRead(const std::string& path, std::vector<std::string>& environment) {
  if (path.empty()) return;
  const auto given = std::ranges::find_if(
      environment, [](const std::string& entry) { return entry.starts_with(kReadable); });
  if (given == environment.end()) {
    environment.push_back(std::string(kReadable) + path);
  } else {
    *given += ":" + path;
  }
}

}  // namespace

std::vector<std::string> HandlerEnvironment(const std::string& ca_cert_file) {
  std::vector<std::string> environment = ipc::ReducedEnvironment();
  LetRead(ca_cert_file, environment);
  // glibc gives each thread an arena of its own; a handler's many threads would keep tens of
  // megabytes of freed pictures apart.
  environment.emplace_back("MALLOC_ARENA_MAX=2");
  return environment;
}

}  // namespace ingress::service
