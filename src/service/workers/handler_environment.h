#pragma once

#include <string>
#include <vector>

namespace ingress::service {

/// The environment of handlers: what they may know of ours. `ca_cert_file`: that of livekit-server,
/// which they may read; may be empty.
std::vector<std::string> HandlerEnvironment(const std::string& ca_cert_file);

}  // namespace ingress::service
