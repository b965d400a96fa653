#include "config/redis_section.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/host_port.h"

namespace ingress::config {
namespace {

constexpr std::size_t kMaxAddresses = 100;
constexpr std::string_view kAddressHint =
    "must be host:port, for example 127.0.0.1:6379 (Unix sockets and redis:// URLs are not served)";

bool IsAddress(const std::string& text) {
  const std::optional<HostPort> split = SplitHostPort(text);
  return split && !split->port.empty();
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

void CheckTls(const Reader& reader, const RedisTls& tls, std::vector<std::string>& warnings) {
  if (!tls.enabled) WarnOfTlsThatIsOff(reader, tls, warnings);
  if (tls.client_cert_file.empty() == tls.client_key_file.empty()) return;
  const std::string_view given =
      tls.client_cert_file.empty() ? "redis.tls.client_key_file" : "redis.tls.client_cert_file";
  reader.Reject(given, "needs both client_cert_file and client_key_file");
}

}  // namespace

std::vector<std::string> ReadAddresses(const Reader& reader, std::string_view path) {
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
    reader.Reject(path, "must be a list of host:port, for example [10.0.0.1:26379]");
  }
  return addresses;
}

void CheckRedis(const Reader& reader, const RedisSettings& redis,
                std::vector<std::string>& warnings) {
  CheckTls(reader, redis.tls, warnings);
  if (!redis.sentinel_addresses.empty() && redis.sentinel_master_name.empty()) {
    // Sentinels would be talked to as if they were the server.
    reader.Reject("redis.sentinel_addresses",
                  "needs redis.sentinel_master_name, the name of the master that they guard");
  }
  if (!redis.address.empty() && !IsAddress(redis.address)) {
    reader.Reject("redis.address", kAddressHint);
  }
  if (redis.kind() != RedisSettings::Kind::kSingle && !redis.address.empty()) {
    warnings.push_back(AtLine(reader.Find("redis.address")->line) +
                       "redis.address has no effect: sentinel_addresses or cluster_addresses are "
                       "given and win");
  }
  if (redis.kind() == RedisSettings::Kind::kCluster && redis.db != 0) {
    warnings.push_back(AtLine(reader.Find("redis.db")->line) +
                       "redis.db has no effect: a cluster has one database");
  }
}

}  // namespace ingress::config
