#include "config/redis_section.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/host_port.h"

namespace ingress::config {
namespace {

constexpr int kMaxRedisDb = 65'535;
constexpr std::size_t kMaxAddresses = 100;
constexpr std::string_view kAddressHint =
    "must be host:port, for example 127.0.0.1:6379 (Unix sockets and redis:// URLs are not served)";

bool IsAddress(const std::string& text) {
  const std::optional<HostPort> split = SplitHostPort(text);
  return split && !split->port.empty();
}

std::vector<std::string> ReadAddresses(const Reader& reader, std::string_view path,
                                       Problems& problems) {
  std::vector<std::string> addresses;
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return addresses;
  if (entry->value.kind == YamlNode::Kind::kSequence) {
    for (const YamlNode& item : entry->value.items) {
      if (item.kind != YamlNode::Kind::kScalar || !IsAddress(item.scalar)) break;
      addresses.push_back(item.scalar);
    }
  }
  if (addresses.size() != entry->value.items.size() || addresses.empty() ||
      addresses.size() > kMaxAddresses) {
    problems.Add(*entry, path, "must be a list of host:port, for example [10.0.0.1:26379]");
  }
  return addresses;
}

/// Of a setting that somebody has made and nobody reads.
void WarnOfTlsThatIsOff(const Reader& reader, const RedisTls& tls,
                        std::vector<std::string>& warnings) {
  const std::array<std::pair<std::string_view, bool>, 5> settings = {
      {{"redis.tls.insecure", tls.insecure},
       {"redis.tls.server_name", !tls.server_name.empty()},
       {"redis.tls.ca_cert_file", !tls.ca_cert_file.empty()},
       {"redis.tls.client_cert_file", !tls.client_cert_file.empty()},
       {"redis.tls.client_key_file", !tls.client_key_file.empty()}}};
  for (const auto& [path, given] : settings) {
    if (!given) continue;
    warnings.push_back(AtLine(reader.Find(path)->line) + std::string(path) +
                       " has no effect: redis.tls.enabled is not true, Redis is spoken to in plain "
                       "text");
    return;
  }
}

void ReadTls(const Reader& reader, RedisTls& tls, Problems& problems,
             std::vector<std::string>& warnings) {
  reader.Read("redis.use_tls", tls.enabled);  // the old spelling
  bool enabled = false;
  reader.Read("redis.tls.enabled", enabled);
  tls.enabled = tls.enabled || enabled;
  reader.Read("redis.tls.insecure", tls.insecure);
  reader.Read("redis.tls.server_name", tls.server_name);
  reader.Read("redis.tls.ca_cert_file", tls.ca_cert_file);
  reader.Read("redis.tls.client_cert_file", tls.client_cert_file);
  reader.Read("redis.tls.client_key_file", tls.client_key_file);
  if (!tls.enabled) WarnOfTlsThatIsOff(reader, tls, warnings);
  if (tls.client_cert_file.empty() == tls.client_key_file.empty()) return;
  const std::string_view given =
      tls.client_cert_file.empty() ? "redis.tls.client_key_file" : "redis.tls.client_cert_file";
  problems.Add(*reader.Find(given), given, "needs both client_cert_file and client_key_file");
}

}  // namespace

void ReadRedis(const Reader& reader, Redis& redis, Problems& problems,
               std::vector<std::string>& warnings) {
  ReadTls(reader, redis.tls, problems, warnings);
  reader.Read("redis.address", redis.address);
  reader.Read("redis.username", redis.username);
  reader.Read("redis.password", redis.password);
  redis.db = reader.ReadInt("redis.db", 0, kMaxRedisDb).value_or(0);
  redis.sentinel_addresses = ReadAddresses(reader, "redis.sentinel_addresses", problems);
  reader.Read("redis.sentinel_master_name", redis.sentinel_master_name);
  reader.Read("redis.sentinel_username", redis.sentinel_username);
  reader.Read("redis.sentinel_password", redis.sentinel_password);
  redis.cluster_addresses = ReadAddresses(reader, "redis.cluster_addresses", problems);

  const YamlNode::Entry* sentinels = reader.Find("redis.sentinel_addresses");
  if (!redis.sentinel_addresses.empty() && redis.sentinel_master_name.empty()) {
    // Sentinels would be talked to as if they were the server.
    problems.Add(*sentinels, "redis.sentinel_addresses",
                 "needs redis.sentinel_master_name, the name of the master that they guard");
  }
  if (!redis.address.empty() && !IsAddress(redis.address)) {
    problems.Add(*reader.Find("redis.address"), "redis.address", kAddressHint);
  }
  const bool several = !redis.sentinel_addresses.empty() || !redis.cluster_addresses.empty();
  if (several && !redis.address.empty()) {
    warnings.push_back(AtLine(reader.Find("redis.address")->line) +
                       "redis.address has no effect: sentinel_addresses or cluster_addresses are "
                       "given and win");
  }
  if (!redis.cluster_addresses.empty() && redis.sentinel_addresses.empty() && redis.db != 0) {
    warnings.push_back(AtLine(reader.Find("redis.db")->line) +
                       "redis.db has no effect: a cluster has one database");
  }
}

}  // namespace ingress::config
