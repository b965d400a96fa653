#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// A list of networks, or one: from whom PROXY headers are taken.
std::vector<IpNetwork> ReadNetworks(const Reader& reader, std::string_view path);

/// Whether the RTMPS port has its files, and the files a port.
void CheckRtmps(const Reader& reader, const Rtmps& rtmps, std::vector<std::string>& warnings);

}  // namespace ingress::config
