#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// Reads from whom PROXY headers are taken and the files of the RTMPS port, which is known by then.
void ReadRtmp(const Reader& reader, Config& config, Problems& problems,
              std::vector<std::string>& warnings);

}  // namespace ingress::config
