#include "service/workers/handler_environment.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "ipc/environment.h"
#include "service/node/state_directory.h"

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

std::vector<std::string> HandlerEnvironment(const observability::Logger& logger,
                                            const std::string& ca_cert_file) {
  std::vector<std::string> environment = ipc::ReducedEnvironment();
  LetRead(ca_cert_file, environment);
  // glibc gives each thread an arena of its own; a handler's many threads would keep tens of
  // megabytes of freed pictures apart.
  environment.emplace_back("MALLOC_ARENA_MAX=2");
  const bool has_registry = std::ranges::any_of(environment, [](const std::string& entry) {
    return entry.starts_with("GST_REGISTRY=") || entry.starts_with("GST_REGISTRY_1_0=");
  });
  if (has_registry) return environment;
  const std::filesystem::path directory = StateDirectory();
  if (const auto claimed = ClaimDirectory(directory); !claimed) {
    logger.Warn("no state directory, the first streams will start slower",
                {{"error", claimed.error()}});
    return environment;
  }
  environment.push_back("GST_REGISTRY=" + (directory / "gstreamer-registry.bin").string());
  return environment;
}

}  // namespace ingress::service
