#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace ingress::whip_transport {

/// Says why a transport is over.
enum class End : std::uint8_t {
  kNoIce,         // no client with the right password has come
  kNoDtls,        // the handshake was not done in time
  kRefused,       // the handshake failed: another certificate than in the SDP, no common cipher
  kClosedByPeer,  // close_notify
  kSilent,        // nothing authentic has come for a long time
};
std::string_view ToString(End end);

/// The deadlines of a transport: that of each step on its way up, and of silence afterwards. Any
/// authentic packet counts as a sign of life: some clients check their pair no more once media
/// flows, others send no media while they are muted. Sans-IO.
class Liveness {
 public:
  static constexpr auto kIceWithin = std::chrono::seconds(10);
  static constexpr auto kDtlsWithin = std::chrono::seconds(10);  // from the first Binding request
  static constexpr auto kSilentAfter = std::chrono::seconds(5);
  static constexpr auto kEndAfter = std::chrono::seconds(30);

  explicit Liveness(TimePoint started) : started_(started) {}

  /// The first authentic Binding request has come; those after it change nothing.
  void OnIce(TimePoint now);
  void OnDtls(TimePoint now) { dtls_at_ = now; }
  /// `arrival`: of any packet of the client's that was found authentic.
  void OnAuthentic(TimePoint arrival) { last_authentic_ = std::max(last_authentic_, arrival); }

  std::optional<Clock::duration> ice_after() const { return Since(ice_at_); }
  std::optional<Clock::duration> dtls_after() const { return Since(dtls_at_); }

  /// Says whether nothing has come for kSilentAfter. Not before DTLS is done.
  bool Silent(TimePoint now) const { return dtls_at_ && now - last_authentic_ >= kSilentAfter; }
  /// Says why it is over; empty: it is not.
  std::optional<End> Expired(TimePoint now) const;

  /// Says when the answer of one of the two above changes next, if nothing comes until then.
  TimePoint deadline(TimePoint now) const;

 private:
  std::optional<Clock::duration> Since(const std::optional<TimePoint>& moment) const {
    if (!moment) return std::nullopt;
    return *moment - started_;
  }

  TimePoint started_;
  std::optional<TimePoint> ice_at_;
  std::optional<TimePoint> dtls_at_;
  TimePoint last_authentic_{};
};

}  // namespace ingress::whip_transport
