#pragma once

#include <cstdint>
#include <string_view>

namespace ingress::input {

/// A limit on strangers: on what a peer gets before it has shown a stream key that is right.
enum class Limit : std::uint8_t {
  kConnections,         // of the node
  kAddressConnections,  // of one address
  kDescriptors,         // of the process
  kBufferedBytes,       // of all strangers
  kConnectionBytes,     // bytes or messages of one connection
  kPendingPublishes,    // keys being looked up
  kWrongKeys,           // of one address
  kHttpConnections,     // of a status port
  kRelayConnections,    // of the relay's port, without a right token
};

inline constexpr int kLimits = static_cast<int>(Limit::kRelayConnections) + 1;

/// What people are told of a limit. All texts are static.
struct LimitTraits {
  Limit limit;
  std::string_view name;     // metric label, snake_case
  std::string_view message;  // of the log line
  std::string_view remedy;
};

const LimitTraits& Traits(Limit limit);

}  // namespace ingress::input
