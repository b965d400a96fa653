#include "control/redis_settings.h"

namespace ingress::control {

rpc::RedisOptions RedisOptionsOf(const config::Redis& redis) {
  rpc::RedisOptions options;
  options.address = redis.address;
  options.username = redis.username;
  options.password = redis.password;
  options.db = redis.db;
  if (!redis.sentinel_addresses.empty()) {
    options.kind = rpc::RedisOptions::Kind::kSentinel;
    options.addresses = redis.sentinel_addresses;
    options.master_name = redis.sentinel_master_name;
    options.sentinel_username = redis.sentinel_username;
    options.sentinel_password = redis.sentinel_password;
  } else if (!redis.cluster_addresses.empty()) {
    options.kind = rpc::RedisOptions::Kind::kCluster;
    options.addresses = redis.cluster_addresses;
  }
  options.tls = {.enabled = redis.tls.enabled,
                 .insecure = redis.tls.insecure,
                 .server_name = redis.tls.server_name,
                 .ca_cert_file = redis.tls.ca_cert_file,
                 .client_cert_file = redis.tls.client_cert_file,
                 .client_key_file = redis.tls.client_key_file};
  return options;
}

}  // namespace ingress::control
