#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "base/clock.h"
#include "ice_lite/registry.h"
#include "stun/transport_address.h"

namespace ingress::input {

/// Decides which addresses of a session's client get a socket of their own, where whoever knows the
/// password could ask for one from each port that it has. Sans-IO.
class HandoverThrottle {
 public:
  /// A datagram that is in the shared socket's queue when an address has got its own has been on
  /// the way before.
  static constexpr auto kSettle = std::chrono::milliseconds(500);
  /// Addresses of one session within kWindow: each interface of the client's, each of its families,
  /// and relays.
  static constexpr std::size_t kPerSession = 16;
  static constexpr auto kWindow = std::chrono::seconds(2);
  static constexpr std::size_t kMaxRemembered = 4096;  // of all sessions

  /// Says whether `remote` may get a socket now; counts it if so.
  bool Allow(ice_lite::Registry::SessionId session, const stun::TransportAddress& remote,
             TimePoint now);

 private:
  struct Handover {
    TimePoint at;
    ice_lite::Registry::SessionId session = 0;
    stun::TransportAddress remote;
  };

  std::deque<Handover> recent_;  // oldest first
};

}  // namespace ingress::input
