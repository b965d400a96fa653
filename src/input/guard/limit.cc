#include "input/guard/limit.h"

#include <array>
#include <cstddef>

namespace ingress::input {
namespace {

constexpr auto kCatalogue = std::to_array<LimitTraits>({
    {Limit::kConnections, "connections",
     "too many RTMP connections: the oldest that do not publish are closed",
     "look where they come from; raise limits.connections if they are encoders"},
    {Limit::kAddressConnections, "address_connections",
     "too many RTMP connections of one address: the oldest that do not publish are closed",
     "block the address if it is no friend; raise limits.connections_per_address if encoders share "
     "it"},
    {Limit::kDescriptors, "descriptors",
     "few file descriptors are left: RTMP connections that do not publish are closed",
     "raise the hard limit of open files (systemd: LimitNOFILE)"},
    {Limit::kBufferedBytes, "buffered_bytes",
     "RTMP connections without a stream key fill the memory: the largest are closed",
     "look where they come from, and block the address"},
    {Limit::kConnectionBytes, "connection_bytes",
     "RTMP connections are closed that send too much before they publish",
     "look where they come from, and block the address"},
    {Limit::kPendingPublishes, "pending_publishes",
     "more publishes come at a time than livekit-server is asked about, or than one stream key may "
     "have waiting; they wait or are refused",
     "look whether livekit-server and Redis are slow, and where the publishes come from"},
    {Limit::kWrongKeys, "wrong_keys",
     "an address sends wrong stream keys again and again: it is refused without a look at the key",
     "correct the encoder or block the address; raise limits.wrong_keys_per_minute if many share "
     "it"},
    {Limit::kHttpConnections, "http_connections",
     "too many connections to a status port: the oldest that ask nothing are closed",
     "let only the probes reach health_port and prometheus_port"},
    {Limit::kRelayConnections, "relay_connections",
     "too many connections to the relay's port: the oldest without a right token are closed",
     "look which program on this machine connects to http_relay_port"},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<std::size_t>(kCatalogue.at(i).limit) != i) return false;
  }
  return kCatalogue.size() == kLimits;
}
static_assert(InOrder(), "the catalogue is indexed by limit");

}  // namespace

const LimitTraits& Traits(Limit limit) { return kCatalogue.at(static_cast<std::size_t>(limit)); }

}  // namespace ingress::input
