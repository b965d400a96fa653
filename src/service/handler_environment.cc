#include "service/handler_environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "ipc/child_process.h"

namespace ingress::service {
std::filesystem::path StateDirectory() {
  if (const char* systemd = std::getenv("STATE_DIRECTORY")) return systemd;
  if (const char* xdg = std::getenv("XDG_STATE_HOME")) {
    return std::filesystem::path(xdg) / "livekit-ingress";
  }
  if (const char* home = std::getenv("HOME")) {
    return std::filesystem::path(home) / ".local/state/livekit-ingress";
  }
  return std::filesystem::temp_directory_path() / ("livekit-ingress-" + std::to_string(getuid()));
}

std::vector<std::string> HandlerEnvironment(const observability::Logger& logger) {
  std::vector<std::string> environment = ipc::ReducedEnvironment();
  // glibc gives each thread an arena of its own; a handler's many threads would keep tens of
  // megabytes of freed pictures apart.
  environment.emplace_back("MALLOC_ARENA_MAX=2");
  const bool has_registry = std::ranges::any_of(environment, [](const std::string& entry) {
    return entry.starts_with("GST_REGISTRY=") || entry.starts_with("GST_REGISTRY_1_0=");
  });
  if (has_registry) return environment;
  const std::filesystem::path directory = StateDirectory();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    logger.Warn("no state directory, the first streams will start slower",
                {{"path", directory.string()}, {"error", error.message()}});
    return environment;
  }
  environment.push_back("GST_REGISTRY=" + (directory / "gstreamer-registry.bin").string());
  return environment;
}

}  // namespace ingress::service
