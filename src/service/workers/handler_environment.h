#pragma once

#include <string>
#include <vector>

#include "observability/logger.h"

namespace ingress::service {

/// The environment of handlers: what they may know of ours, and GStreamer's registry in a directory
/// that outlives them, so that the scan for plugins (most of a second) happens once a host.
/// `ca_cert_file`: that of livekit-server, which they may read; may be empty.
std::vector<std::string> HandlerEnvironment(const observability::Logger& logger,
                                            const std::string& ca_cert_file);

}  // namespace ingress::service
