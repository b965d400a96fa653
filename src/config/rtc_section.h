#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

/// A port, or "first-last"; `out` stays for what is none.
void ReadPortRange(const Reader& reader, std::string_view path, PortRange& out);

/// An address, several with commas between them, or a map of one for each family.
std::vector<std::string> ReadIpAddresses(const Reader& reader, std::string_view path);

/// A list of words; one alone may stand for itself.
std::vector<std::string> ReadWords(const Reader& reader, std::string_view path);

/// A list of "host" or "host:port"; gives the latter.
std::vector<std::string> ReadStunServers(const Reader& reader, std::string_view path);

/// A list of maps: host, port, protocol, and username with credential, or secret with ttl.
std::vector<TurnServer> ReadTurnServers(const Reader& reader, std::string_view path);

/// Looks at keys that belong together, and warns of what is not taken as it is.
void CheckWhip(const Reader& reader, const Config& config, std::vector<std::string>& warnings);

}  // namespace ingress::config
