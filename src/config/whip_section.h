#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// Reads whip_port and what of rtc_config is served.
void ReadWhip(const Reader& reader, Whip& whip, Problems& problems,
              std::vector<std::string>& warnings);

}  // namespace ingress::config
