#pragma once

#include <string>
#include <vector>

#include "observability/logger.h"

namespace ingress::service {

/// The environment of handlers: what they may know of ours, and GStreamer's registry in a directory
/// that outlives them, so that the scan for plugins (most of a second) happens once a host.
std::vector<std::string> HandlerEnvironment(const observability::Logger& logger);

}  // namespace ingress::service
