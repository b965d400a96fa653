#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ingress::rpc {

/// The slot of a key in a Redis Cluster: CRC-16/XMODEM of the key, or of what stands between its
/// first braces, modulo 16384 (Redis Cluster specification, "Key distribution model").
std::uint16_t RedisSlotOf(std::string_view key);

/// Which node of a Redis Cluster serves which slots. Sans-IO.
class RedisClusterMap {
 public:
  /// Takes the answer to CLUSTER NODES. `asked`: the node that gave it, which may name itself
  /// without a host. Lines that do not parse are left out.
  void Load(std::string_view nodes, std::string_view asked);

  /// A node said that another one serves this slot.
  void Move(std::uint16_t slot, std::string address);

  /// host:port; empty when not known.
  std::string Find(std::uint16_t slot) const;

 private:
  struct Range {
    std::uint16_t last = 0;
    std::string address;
  };
  std::map<std::uint16_t, Range> ranges_;       // by their first slot
  std::map<std::uint16_t, std::string> moved_;  // newer than the ranges
};

/// The redirection in an error reply, "MOVED 3999 127.0.0.1:6381" or "ASK 3999 127.0.0.1:6381",
/// whatever stands before it; empty for any other text.
struct RedisRedirect {
  bool ask = false;
  std::uint16_t slot = 0;
  std::string address;  // host:port
};
std::optional<RedisRedirect> ParseRedisRedirect(std::string_view error);

}  // namespace ingress::rpc
