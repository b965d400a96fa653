#include "control/redis_remedy.h"

namespace ingress::control {
namespace {

/// The key that says where Redis is.
std::string AddressKey(const RedisSettings& redis) {
  switch (redis.kind()) {
    case RedisSettings::Kind::kSentinel:
      return "redis.sentinel_addresses";
    case RedisSettings::Kind::kCluster:
      return "redis.cluster_addresses";
    case RedisSettings::Kind::kSingle:
      break;
  }
  return "redis.address";
}

}  // namespace

std::string RedisRemedy(const Error& problem, const RedisSettings& redis) {
  const std::string_view words = problem.context;
  const std::string address = AddressKey(redis);
  if (problem.code == ErrorCode::kCertificate) {
    return "correct redis.tls.ca_cert_file and redis.tls.server_name, or the certificate of Redis";
  }
  if (words.contains("cert_file") || words.contains("key_file")) {
    return "correct redis.tls: files in PEM that this user may read";
  }
  if (words.contains("NOPERM")) {
    return "allow the Redis user all channels, and PING, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PUBSUB, "
           "SET, "
           "EVAL";
  }
  if (words.contains("NOAUTH"))
    return "set redis.password, and redis.username if it is not default";
  if (words.contains("WRONGPASS") || problem.code == ErrorCode::kUnauthorized) {
    return "correct redis.username and redis.password";
  }
  if (words.contains("AUTH refused")) return "remove redis.password, or correct " + address;
  if (words.contains("SELECT refused") && words.contains("DB index")) {
    return "correct redis.db: this Redis has no database of that number";
  }
  if (words.contains("TLS handshake")) {
    return "set redis.tls.enabled to false, or " + address + " to the TLS port of Redis";
  }
  if (words.contains("redis.tls.enabled")) {
    return "set redis.tls.enabled to true, or correct " + address;
  }
  if (problem.code == ErrorCode::kMalformed) {
    return "correct " + address + ": what answers there is not Redis";
  }
  return "start Redis, or correct " + address;
}

}  // namespace ingress::control
