#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace ingress::config {

/// The keys whose values differ but apply to a new process only.
std::vector<std::string> NeedRestart(const Config& running, const Config& fresh);

/// Takes over what can change while the process runs; new sessions go by it.
void Adopt(Config& running, const Config& fresh);

}  // namespace ingress::config
