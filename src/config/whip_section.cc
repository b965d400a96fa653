#include "config/whip_section.h"

#include <charconv>
#include <system_error>

#include "base/ip_network.h"

namespace ingress::config {

std::optional<std::uint16_t> ReadFirstPort(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return std::nullopt;
  const std::string& text = entry->value.scalar;
  const char* end = text.data() + text.size();
  std::uint16_t first = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, first);
  if (error == std::errc{} && first != 0 && (stop == end || *stop == '-')) return first;
  reader.Reject(path, "must be a port from 1 to 65535");
  return std::nullopt;
}

std::vector<std::string> ReadIpAddresses(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr) return {};
  std::vector<std::string> addresses;
  if (entry->value.kind == YamlNode::Kind::kScalar) addresses.push_back(entry->value.scalar);
  for (const YamlNode::Entry& family : entry->value.entries) {
    if (!IsOff(family.value)) addresses.push_back(family.value.scalar);
  }
  for (const std::string& address : addresses) {
    if (ParseIpAddress(address)) continue;
    reader.Reject(path, "must be an IPv4 or IPv6 address, or a map with the keys ipv4 and ipv6");
    return {};
  }
  return addresses;
}

void CheckWhip(const Reader& reader, std::vector<std::string>& warnings) {
  constexpr std::string_view kUdpPort = "rtc_config.udp_port";
  const YamlNode::Entry* entry = reader.Find(kUdpPort);
  if (entry == nullptr || !entry->value.scalar.contains('-')) return;
  warnings.push_back(AtLine(entry->line) + std::string(kUdpPort) +
                     ": the first port of the range is used; all sessions share it");
}

}  // namespace ingress::config
