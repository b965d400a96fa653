#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// Reads the section redis: one server, or sentinels, which win over a cluster, which wins over the
/// one server, as in the Go service.
void ReadRedis(const Reader& reader, Redis& redis, Problems& problems,
               std::vector<std::string>& warnings);

}  // namespace ingress::config
