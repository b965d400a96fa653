#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "rtp_receive/media_ticks.h"
#include "rtp_receive/sender_clock.h"
#include "stream/timestamp.h"
#include "stream/track_kind.h"

namespace ingress::rtp_receive {

/// Lays the media times of all streams of one sender on one clock, so that what it captured at the
/// same time gets the same number.
///
/// Audio is the reference: its times are moved once, when it begins. Video follows it: by the
/// sender's reports where both have some (the two then say when each was captured on one clock),
/// else by the least delayed arrivals of both. A stream that is off by more than reports or
/// arrivals waver is moved by kSlewPerSecond, too little to be seen; one that begins, or whose
/// clock jumped, is laid where it belongs at once. Sans-IO.
class TrackAligner {
 public:
  static constexpr std::chrono::milliseconds kSlewPerSecond{10};
  static constexpr std::chrono::milliseconds kReportsWaver{3};
  static constexpr std::chrono::milliseconds kArrivalsWaver{15};
  /// Reports that say more than arrivals do by this much are of no use: two clocks, or a fault.
  static constexpr std::chrono::seconds kMaxSkew{2};

  /// One stream of packets: its sender's clock, and where that lies on the common one.
  struct Stream {
    explicit Stream(std::uint32_t rate) : clock(rate) {}

    SenderClock clock;
    std::optional<MediaTicks> offset{};  // that is added to its media time
    MediaTicks media{};                  // of its newest frame
  };

  /// Numbers begin here, so that none is negative.
  static constexpr MediaTicks kBegin = std::chrono::hours(1);

  explicit TrackAligner(TimePoint begin) : begin_(begin) {}

  /// The time of a frame of `stream`, whose first packet came at `arrival`, on kReceiveClock.
  stream::Timestamp Place(TrackKind kind, Stream& stream, std::uint32_t timestamp,
                          TimePoint arrival);

  /// `stream` is about to be destroyed.
  void Forget(const Stream& stream) {
    if (reference_ == &stream) reference_ = nullptr;
  }

 private:
  std::optional<MediaTicks> Target(const Stream& stream) const;
  bool ByReports(const Stream& stream) const;
  void Follow(Stream& stream, MediaTicks passed) const;

  TimePoint begin_;
  const Stream* reference_ = nullptr;  // that the others follow: audio, where there is any
  TrackKind reference_kind_ = TrackKind::kVideo;
};

}  // namespace ingress::rtp_receive
