#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// A port, or a range of which the first is enough: all sessions share it.
std::optional<std::uint16_t> ReadFirstPort(const Reader& reader, std::string_view path);

/// An address, or a map of one for each family.
std::vector<std::string> ReadIpAddresses(const Reader& reader, std::string_view path);

/// Warns of what of rtc_config is not taken as it is.
void CheckWhip(const Reader& reader, std::vector<std::string>& warnings);

}  // namespace ingress::config
