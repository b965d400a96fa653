#pragma once

#include <cstdint>

namespace ingress {

/// What this process has used.
struct ProcessUsage {
  double cpu_seconds = 0;            // user and system, all threads
  std::uint64_t resident_bytes = 0;  // now
};

ProcessUsage ReadProcessUsage();

}  // namespace ingress
