#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "rtp/ntp.h"
#include "rtp/rtcp.h"
#include "rtp_receive/media_ticks.h"
#include "rtp_receive/unwrapper.h"

namespace ingress::rtp_receive {

/// Reads the RTP timestamps of one SSRC as media time, and knows where that lies on the sender's
/// wall clock, by its reports, and on ours, by arrival. Sans-IO.
///
/// Reports are believed when their NTP time advances and when the two clocks in them have run by
/// the same, within kMaxRateError; one that does not fit counts when the next fits it.
class SenderClock {
 public:
  static constexpr double kMaxRateError = 0.2;
  /// Media time that runs so much ahead of or behind the time that passed is that of another clock.
  static constexpr std::chrono::seconds kJump{3};

  /// `rate`: RTP timestamp units per second, a divisor of kReceiveClock's.
  explicit SenderClock(std::uint32_t rate) : ticks_per_unit_(kReceiveClock.rate / rate) {}

  struct Reading {
    MediaTicks media{};
    bool jumped = false;  // has nothing to do with the times before
  };
  /// Reads the timestamp of a packet or frame that came at `arrival`.
  Reading Read(std::uint32_t timestamp, TimePoint arrival);

  void OnReport(const rtp::SenderReport& report);

  /// Says what has to be added to media time to get the sender's wall clock; empty: no report yet.
  std::optional<MediaTicks> to_wall() const { return to_wall_; }
  /// Says the same for our clock, by the least delayed arrivals of the last seconds; empty: none
  /// yet.
  std::optional<MediaTicks> to_arrival() const;

 private:
  struct Report {
    rtp::NtpTime ntp{};
    MediaTicks media{};
  };

  static constexpr std::chrono::seconds kFloorSpan{1};  // of one minimum
  static constexpr std::size_t kFloors = 8;

  void ObserveArrival(MediaTicks media, TimePoint arrival);
  static bool Fits(const Report& before, const Report& report);

  std::int64_t ticks_per_unit_;
  Unwrapper<std::uint32_t> unwrapper_;
  bool started_ = false;
  std::uint32_t timestamp_ = 0;             // of the newest reading …
  MediaTicks media_{};                      // … its media time …
  TimePoint arrival_{};                     // … and arrival
  std::optional<rtp::SenderReport> early_;  // came before the first packet
  std::optional<Report> report_;            // the newest believed …
  std::optional<Report> candidate_;         // … and one that did not fit it
  std::optional<MediaTicks> to_wall_;
  std::array<std::optional<MediaTicks>, kFloors> floors_;
  std::int64_t floor_span_ = 0;  // that the newest minimum is of
};

}  // namespace ingress::rtp_receive
