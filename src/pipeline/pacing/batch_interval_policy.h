#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "codec/opus_format.h"

namespace ingress::pipeline {

/// Decides for how long media may gather in the encoder's socket before it is read. Waking up is
/// most of the work of a session that decodes nothing.
///
/// The service reads the socket: a decision is an order to it, and what paces media goes by the
/// interval that the service says it has set. Sans-IO.
class BatchIntervalPolicy {
 public:
  using Interval = std::chrono::milliseconds;  // zero: media comes as it arrives

  static constexpr Interval kWatched = codec::kOpusPacketDuration;
  static constexpr Interval kUnwatched{50};  // two or three frames of video
  /// Receivers need about 3 s to size their jitter buffers; batching before that would enlarge
  /// them.
  static constexpr std::chrono::seconds kUnbatchedStart{3};

  /// What the session does at the moment.
  struct Activity {
    bool transcodes = false;  // what is decoded is needed early
    bool watched = false;     // by anybody
    bool has_audio = false;   // video alone does not come more often than batches would
  };

  /// What is sent from now on arrives, for the first time or again.
  void OnTransportReady(TimePoint now) { transport_ready_at_ = now; }

  /// The interval to order, when that is another than was ordered last.
  std::optional<Interval> Decide(const Activity& activity, TimePoint now) {
    const Interval wanted = Wanted(activity, now);
    if (wanted == ordered_) return std::nullopt;
    ordered_ = wanted;
    return wanted;
  }

  /// The service reads media at this interval from now on.
  void OnSet(Interval interval) { in_force_ = interval; }

  /// The interval at which media comes.
  Interval in_force() const { return in_force_; }

 private:
  Interval Wanted(const Activity& activity, TimePoint now) const {
    const bool settled = transport_ready_at_ && now - *transport_ready_at_ >= kUnbatchedStart;
    if (!settled || activity.transcodes) return {};
    if (!activity.watched) return kUnwatched;
    return activity.has_audio ? kWatched : Interval{};
  }

  std::optional<TimePoint> transport_ready_at_;
  Interval ordered_{0};
  Interval in_force_{0};
};

}  // namespace ingress::pipeline
