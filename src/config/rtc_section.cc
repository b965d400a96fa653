#include "config/rtc_section.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/host_port.h"
#include "base/ip_network.h"

namespace ingress::config {
namespace {

constexpr std::size_t kMaxServers = 16;
constexpr std::uint16_t kStunPort = 3478;
constexpr std::uint16_t kTurnsPort = 5349;
constexpr std::chrono::hours kUsualTtl{4};
constexpr std::chrono::hours kMaxTtl{24 * 30};

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  const std::string digits(text);
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

/// What may stand in quotes in a header.
bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isprint(c) != 0; });
}

std::string_view TextOf(const YamlNode& map, std::string_view key) {
  const auto found = std::ranges::find(map.entries, key, &YamlNode::Entry::key);
  return found == map.entries.end() ? std::string_view() : found->value.scalar;
}

std::optional<TurnServer::Protocol> ParseProtocol(std::string_view text) {
  using enum TurnServer::Protocol;
  const std::string word = ToLower(text);
  if (word.empty() || word == "udp") return kUdp;
  if (word == "tcp") return kTcp;
  if (word == "tls") return kTls;
  return std::nullopt;
}

std::optional<TurnServer> ParseTurnServer(const YamlNode& node) {
  const auto protocol = ParseProtocol(TextOf(node, "protocol"));
  const auto host = SplitHostPort(TextOf(node, "host"));
  if (node.kind != YamlNode::Kind::kMap || !protocol || !host || !host->port.empty()) return {};
  TurnServer server{.host = std::string(host->host),
                    .port = *protocol == TurnServer::Protocol::kTls ? kTurnsPort : kStunPort,
                    .protocol = *protocol,
                    .username = std::string(TextOf(node, "username")),
                    .credential = std::string(TextOf(node, "credential")),
                    .secret = std::string(TextOf(node, "secret")),
                    .ttl = kUsualTtl};
  if (const std::string_view port = TextOf(node, "port"); !port.empty()) {
    const auto parsed = ParsePort(port);
    if (!parsed) return {};
    server.port = *parsed;
  }
  if (const std::string_view ttl = TextOf(node, "ttl"); !ttl.empty()) {
    const auto parsed = ParseDuration(ttl);
    if (!parsed || *parsed > kMaxTtl) return {};
    if (parsed->count() > 0) server.ttl = *parsed;
  }
  for (const std::string* shown : {&server.host, &server.username, &server.credential}) {
    if (!IsPrintable(*shown)) return {};
  }
  return server;
}

void WarnOf(const Reader& reader, std::string_view path, std::string_view what,
            std::vector<std::string>& warnings) {
  warnings.push_back(AtLine(reader.Find(path)->line).append(path).append(what));
}

void CheckWhipTls(const Reader& reader, const WhipTls& tls) {
  const bool either = !tls.cert_file.empty() || !tls.key_file.empty();
  if (!either || tls.on()) return;
  if (tls.key_file.empty()) {
    reader.Reject("whip_tls.cert_file",
                  "needs whip_tls.key_file, the key of the certificate in PEM");
  } else {
    reader.Reject("whip_tls.key_file",
                  "needs whip_tls.cert_file, the certificate with its chain in PEM");
  }
}

void CheckPorts(const Reader& reader, const Rtc& rtc, std::vector<std::string>& warnings) {
  constexpr std::string_view kStart = "rtc_config.port_range_start";
  constexpr std::string_view kEnd = "rtc_config.port_range_end";
  if (rtc.force_tcp && rtc.tcp_port == 0) {
    reader.Reject("rtc_config.force_tcp", "needs rtc_config.tcp_port: no media could come");
  }
  const bool start = rtc.port_range_start != 0;
  const bool end = rtc.port_range_end != 0;
  if (start && end && rtc.port_range_end < rtc.port_range_start) {
    reader.Reject(kEnd, "must not be below rtc_config.port_range_start");
  }
  if (start != end) {
    WarnOf(reader, start ? kStart : kEnd,
           start ? " has no effect without rtc_config.port_range_end"
                 : " has no effect without rtc_config.port_range_start",
           warnings);
  }
  const PortRange ports = rtc.udp_ports();
  if (ports.first == ports.last) return;
  WarnOf(reader, start && end ? kStart : "rtc_config.udp_port",
         ": all sessions share one port, the first of the range that is free", warnings);
}

}  // namespace

void ReadPortRange(const Reader& reader, std::string_view path, PortRange& out) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return;
  const std::string_view text = entry->value.scalar;
  const std::size_t dash = text.find('-');
  const auto first = ParsePort(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ParsePort(text.substr(dash + 1));
  if (first && last && *first <= *last) {
    out = {.first = *first, .last = *last};
  } else {
    reader.Reject(path, "must be a port from 1 to 65535, or two with - between them");
  }
}

std::vector<std::string> ReadIpAddresses(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr) return {};
  std::vector<std::string> addresses;
  for (std::string_view rest = entry->value.scalar; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    addresses.emplace_back(rest.substr(0, comma));
    std::erase(addresses.back(), ' ');
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
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

std::vector<std::string> ReadWords(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return {};
  if (entry->value.kind == YamlNode::Kind::kScalar) return {entry->value.scalar};
  std::vector<std::string> words;
  for (const YamlNode& item : entry->value.items) {
    if (item.kind == YamlNode::Kind::kScalar) words.push_back(item.scalar);
  }
  if (words.empty() || words.size() != entry->value.items.size()) {
    reader.Reject(path, "must be a list of names");
    return {};
  }
  return words;
}

std::vector<std::string> ReadStunServers(const Reader& reader, std::string_view path) {
  std::vector<std::string> servers = ReadWords(reader, path);
  for (std::string& server : servers) {
    const auto split = SplitHostPort(server);
    const bool port = split && (split->port.empty() || ParsePort(split->port));
    if (!port || !IsPrintable(server) || servers.size() > kMaxServers) {
      reader.Reject(path,
                    "must be a list of host or host:port, for example [stun.example.com:3478]");
      return {};
    }
    if (split->port.empty()) server = JoinHostPort(split->host, kStunPort);
  }
  return servers;
}

std::vector<TurnServer> ReadTurnServers(const Reader& reader, std::string_view path) {
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return {};
  std::vector<TurnServer> servers;
  for (const YamlNode& item : entry->value.items) {
    if (auto server = ParseTurnServer(item)) servers.push_back(std::move(*server));
  }
  if (servers.empty() || servers.size() != entry->value.items.size() ||
      servers.size() > kMaxServers) {
    reader.Reject(path,
                  "must be a list of maps with host, port, protocol (udp, tcp or tls), and either "
                  "username and credential, or secret and ttl");
    return {};
  }
  return servers;
}

void CheckWhip(const Reader& reader, const Config& config, std::vector<std::string>& warnings) {
  CheckWhipTls(reader, config.whip.tls);
  const Rtc& rtc = config.rtc;
  CheckPorts(reader, rtc, warnings);
  if (!std::ranges::all_of(rtc.turn_servers, &TurnServer::usable)) {
    WarnOf(reader, "rtc_config.turn_servers",
           ": clients are told of no server without username and credential, or secret; browsers "
           "refuse such ones",
           warnings);
  }
  for (const auto& [path, given] :
       {std::pair{"rtc_config.external_ip_only", rtc.external_ip_only},
        std::pair{"rtc_config.advertise_internal_ip", rtc.advertise_internal_ip}}) {
    if (!given || rtc.use_external_ip) continue;
    WarnOf(reader, path, " has no effect: rtc_config.use_external_ip is not true", warnings);
  }
}

}  // namespace ingress::config
