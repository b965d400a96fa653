#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// Reads from whom PROXY headers are taken and the files of the RTMPS port, which is known by then.
void ReadRtmp(const Reader& reader, Config& config, Problems& problems);

}  // namespace ingress::config
