#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ingress {

/// How the connections to Redis are encrypted, all of them alike. TLS 1.2 or newer.
struct RedisTls {
  bool enabled = false;
  bool insecure = false;           // believe any certificate
  std::string server_name{};       // expected in the certificate; empty: the host we connect to
  std::string ca_cert_file{};      // PEM; empty: the system's authorities
  std::string client_cert_file{};  // PEM; empty: none
  std::string client_key_file{};

  bool operator==(const RedisTls&) const = default;
};

/// Where Redis is and how to log in, as the operator says it. Addresses are host:port, or
/// [IPv6]:port.
struct RedisSettings {
  enum class Kind : std::uint8_t {
    kSingle,    // one server
    kSentinel,  // the sentinels say which server is the master
    kCluster,   // any node carries every channel; locks are kept by the node of their slot
  };

  std::string address{};   // of the one server
  std::string username{};  // empty: the default user
  std::string password{};  // empty: no AUTH
  int db = 0;              // for locks; channels are global to a server
  std::vector<std::string> sentinel_addresses{};
  std::string sentinel_master_name{};
  std::string sentinel_username{};
  std::string sentinel_password{};
  std::vector<std::string> cluster_addresses{};  // of nodes to begin with
  RedisTls tls{};

  /// Sentinels win over a cluster, that over the one server.
  Kind kind() const {
    if (!sentinel_addresses.empty()) return Kind::kSentinel;
    return cluster_addresses.empty() ? Kind::kSingle : Kind::kCluster;
  }

  bool operator==(const RedisSettings&) const = default;
};

}  // namespace ingress
