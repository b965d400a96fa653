#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "domain/redis_settings.h"

namespace ingress::config {

/// A list of host:port.
std::vector<std::string> ReadAddresses(const Reader& reader, std::string_view path);

/// Looks at what the section redis says as a whole: one server, or sentinels, which win over a
/// cluster, which wins over the one server, as in the Go service.
void CheckRedis(const Reader& reader, const RedisSettings& redis,
                std::vector<std::string>& warnings);

}  // namespace ingress::config
