#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ingress::rpc {

/// How the connections to Redis are encrypted, all of them alike. TLS 1.2 or newer.
struct RedisTls {
  bool enabled = false;
  bool insecure = false;           // believe any certificate
  std::string server_name{};       // expected in the certificate; empty: the host we connect to
  std::string ca_cert_file{};      // PEM; empty: the system's authorities
  std::string client_cert_file{};  // PEM; empty: none
  std::string client_key_file{};
};

/// Where Redis is, how to log in, and how long to wait for it.
struct RedisOptions {
  enum class Kind : std::uint8_t {
    kSingle,    // one server
    kSentinel,  // the sentinels say which server is the master
    kCluster,   // any node carries every channel; locks are kept by the node of their slot
  };
  Kind kind = Kind::kSingle;
  std::string address{};                 // host:port, [IPv6]:port; kSingle
  std::vector<std::string> addresses{};  // likewise, of sentinels or of nodes to begin with
  std::string master_name{};             // kSentinel
  std::string sentinel_username{};
  std::string sentinel_password{};
  RedisTls tls{};
  std::string username{};  // empty: the default user
  std::string password{};  // empty: no AUTH
  int db = 0;              // for locks; channels are global to a server

  std::chrono::milliseconds connect_timeout{5000};  // name, TCP, AUTH, SELECT and PING together
  std::chrono::milliseconds reply_timeout{3000};    // of one command
  std::chrono::milliseconds ping_interval{5000};    // a peer silent for this and a reply is dead
  std::chrono::milliseconds backoff_min{100};       // doubles at each failure
  std::chrono::milliseconds backoff_max{2000};
};

}  // namespace ingress::rpc
