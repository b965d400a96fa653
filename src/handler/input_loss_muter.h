#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace ingress::handler {

/// Decides when a published track has to be muted because its input is gone, and when the SFU's
/// tracker of a video layer has to be reset.
///
/// livekit-server 1.13.5 counts packets per layer: half a second with none (upper layers: with
/// fewer than five) stops the layer, and it takes 2 s (upper layers: 10 s) of packets until the
/// layer is offered to viewers again. Seen: 8 s of 180p after a stall of 5 s. Any mute request,
/// also for the state it is in, restarts that count so that the next packet of a layer starts it at
/// once. So a gap that is long enough to stop layers is followed by one renewal: during the gap if
/// it lasts, which is the safest moment, otherwise at its end, before the first packet. Viewers see
/// nothing of a renewal; of a mute they see a placeholder, so that comes only when the input is
/// gone for long: longer than the source usually takes from one picture to the next, which may show
/// slides.
///
/// Sans-IO: the caller passes the time and acts on what is returned, before it goes on.
class InputLossMuter {
 public:
  enum class Action {
    kNone,
    kRenew,   // VideoTrack::RenewLayers()
    kMute,    // SetMuted(true)
    kUnmute,  // SetMuted(false), which renews the layers as well
  };

  struct Options {
    std::size_t layers = 0;  // 0: audio, which needs no renewals
    std::chrono::milliseconds mute_after{8000};
  };

  /// A shorter gap stops no layer.
  static constexpr std::chrono::milliseconds kShortestStoppingGap{450};
  /// After this time no packet from before the gap is in flight, retransmissions included.
  static constexpr std::chrono::milliseconds kInFlightGoneAfter{1200};

  /// The usual gap of a source is the median of this many; unknown before they were seen.
  static constexpr std::size_t kMedianGaps = 5;
  /// Mutes after this many usual gaps, if that is longer than mute_after, but no later than
  /// kLongestWait.
  static constexpr int kMissedGapsBeforeMute = 3;
  static constexpr std::chrono::seconds kLongestWait{30};

  explicit InputLossMuter(Options options);

  /// The input gave a frame; also one of which nothing is sent, because nobody watches or because
  /// it is silence (DTX).
  Action OnInput(TimePoint now);

  /// A picture of `layer` is about to be sent.
  Action OnSend(std::size_t layer, TimePoint now);

  /// The SFU has asked for `layer` anew: it restarts the layer's count by itself.
  void OnDemand(std::size_t layer);

  /// To be called every 100 ms or so.
  Action Poll(TimePoint now);

  bool muted() const { return muted_; }

 private:
  std::chrono::nanoseconds StoppingGap() const;
  std::chrono::nanoseconds MutingGap() const;
  Action Renew();

  Options options_;
  std::optional<TimePoint> last_input_;
  std::chrono::nanoseconds usual_interval_{0};       // of the input
  std::deque<std::chrono::nanoseconds> gaps_;        // the last kMedianGaps
  std::vector<std::optional<TimePoint>> last_sent_;  // by layer; empty: it starts afresh
  bool renewed_ = false;                             // since the last input
  bool muted_ = false;
};

}  // namespace ingress::handler
