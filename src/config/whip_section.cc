#include "config/whip_section.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/ip_network.h"

namespace ingress::config {
namespace {

constexpr std::string_view kUdpPort = "rtc_config.udp_port";
constexpr std::string_view kNodeIp = "rtc_config.node_ip";

/// One port, or a range of which the first is enough: all sessions share it.
std::optional<std::uint16_t> FirstPort(std::string_view text) {
  std::uint16_t first = 0;
  const auto [stop, error] = std::from_chars(text.begin(), text.end(), first);
  const bool ends = stop == text.end() || *stop == '-';
  if (error != std::errc{} || first == 0 || !ends) return std::nullopt;
  return first;
}

void ReadUdpPort(const Reader& reader, Whip& whip, Problems& problems,
                 std::vector<std::string>& warnings) {
  const YamlNode::Entry* entry = reader.Find(kUdpPort);
  if (entry == nullptr || IsOff(entry->value)) return;
  const auto port = FirstPort(entry->value.scalar);
  if (!port) {
    problems.Add(*entry, kUdpPort, "must be a port from 1 to 65535");
    return;
  }
  whip.udp_port = *port;
  if (entry->value.scalar.find('-') == std::string::npos) return;
  warnings.push_back(AtLine(entry->line) + std::string(kUdpPort) +
                     ": the first port of the range is used; all sessions share it");
}

/// An address, or a map of one for each family.
void ReadNodeIps(const Reader& reader, Whip& whip, Problems& problems) {
  const YamlNode::Entry* entry = reader.Find(kNodeIp);
  if (entry == nullptr) return;
  std::vector<YamlNode> values;
  if (entry->value.kind == YamlNode::Kind::kScalar) values.push_back(entry->value);
  for (const YamlNode::Entry& family : entry->value.entries) {
    if (!IsOff(family.value)) values.push_back(family.value);
  }
  for (const YamlNode& value : values) {
    if (!ParseIpAddress(value.scalar)) {
      problems.Add(*entry, kNodeIp,
                   "must be an IPv4 or IPv6 address, or a map with the keys ipv4 and ipv6");
      return;
    }
    whip.node_ips.push_back(value.scalar);
  }
}

}  // namespace

void ReadWhip(const Reader& reader, Whip& whip, Problems& problems,
              std::vector<std::string>& warnings) {
  const YamlNode::Entry* entry = reader.Find("whip_port");
  const std::optional<std::uint16_t> port = reader.ReadPort("whip_port");
  whip.port_given = port.has_value();
  const bool usual = entry == nullptr || entry->value.scalar == "0";  // as in the Go service
  if (port && !usual) whip.port = *port;
  ReadUdpPort(reader, whip, problems, warnings);
  whip.tcp_port = reader.ReadPort("rtc_config.tcp_port").value_or(0);
  ReadNodeIps(reader, whip, problems);
}

}  // namespace ingress::config
