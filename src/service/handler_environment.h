#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "observability/logger.h"

namespace ingress::service {

/// Where this service keeps what outlives it: STATE_DIRECTORY (systemd), XDG_STATE_HOME, or below
/// the home directory.
std::filesystem::path StateDirectory();

/// The environment of handlers: what they may know of ours, and GStreamer's registry in a directory
/// that outlives them, so that the scan for plugins (most of a second) happens once a host.
std::vector<std::string> HandlerEnvironment(const observability::Logger& logger);

}  // namespace ingress::service
