#pragma once

#include <cstdint>

namespace ingress {

/// The least that the log has: each level holds those after it.
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

}  // namespace ingress
