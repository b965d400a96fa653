#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pipeline/route/gop_cache.h"
#include "pipeline/route/key_frame_interval_estimator.h"
#include "pipeline/route/key_frame_request_throttle.h"

namespace ingress::pipeline {

/// Decides how each request for a key frame of a layer is answered.
///
/// Requests of one layer are merged (KeyFrameRequestThrottle). A layer that the encoder makes gets
/// its key frame from the encoder. For the highest layer, while the source's own pictures are
/// passed, there are four answers, the cheapest first: to send a young GOP again, while everybody
/// who watches has just begun; to wait for the source's next key frame, where it is near
/// (KeyFrameIntervalEstimator); to ask the source for one, where it takes such requests; and the
/// bridge: the encoder takes the layer over with a key frame and carries it to the source's next
/// one. An answer that does not come true within its time becomes a bridge. Where transcoding is
/// not allowed, every request waits for the source.
///
/// It also knows how long a decoder follows the source although nobody needs it, because the next
/// viewer is likely to ask as well. Sans-IO.
class KeyFramePolicy {
 public:
  /// A source key frame that is this near is waited for, and kOverdue longer.
  static constexpr std::chrono::milliseconds kWorthWaiting{500};
  static constexpr std::chrono::milliseconds kOverdue{300};
  /// A source that was asked for a key frame has this long: a round trip of 200 ms, and an encoder
  /// that works a few pictures ahead.
  static constexpr std::chrono::milliseconds kSourceAnswers{500};
  /// A source that has let so many requests in a row pass takes them, and is unresponsive to them:
  /// it is not asked for kUnresponsiveFor where there is a bridge. (OBS by WHIP, FFmpeg by WHIP.)
  static constexpr int kUnanswered = 2;
  static constexpr std::chrono::seconds kUnresponsiveFor{10};
  /// A GOP this young is sent again rather than bridged.
  static constexpr std::chrono::milliseconds kReplaySpan{700};
  static constexpr std::size_t kReplayBytes = std::size_t{512} << 10;
  /// Viewers of a new track, or of a layer that was off, begin within so long.
  static constexpr std::chrono::milliseconds kNewcomers{1500};
  /// The decoder follows the source for so long after a bridge, for the next viewer.
  static constexpr std::chrono::seconds kKeepWarm{10};

  enum class Answer : std::uint8_t {
    kLater,     // too soon after the layer's last key frame: Poll() will answer
    kUnderWay,  // what was decided before serves this request, too
    kWait,      // for the source's next key frame; do nothing
    kReplay,    // send the GOP again
    kAskSource,
    kBridge,  // make the encoder ready: it takes the layer over as soon as it can
    kAskEncoder,
    kRepeatAndAskEncoder,  // and send the GOP's IDR picture again where that is of use
  };

  friend std::string_view ToString(Answer answer);  // for logs

  /// What an answer depends on, as it is at that moment.
  struct Stream {
    bool watched = true;           // the layer is sent
    bool source_feeds_top = true;  // else the encoder makes the highest layer
    bool idr_eligible = true;      // viewers can decode an IDR picture of the source by itself
    const GopCache& gop;
  };

  struct Options {
    bool may_bridge = true;       // transcoding is allowed
    bool source_answers = false;  // the source takes requests for key frames
  };

  explicit KeyFramePolicy(Options options) : options_(options) {}

  /// A track of `layers` layers is published, the first one or another in place of the last.
  void OnTrackPublished(std::size_t layers, TimePoint now);
  /// What was sent before reached nobody.
  void OnTransportReady() { throttles_.assign(throttles_.size(), {}); }
  /// Somebody wants the layer, for the first time or again. The caller asks for a key frame at once
  /// by Request(): the viewer's own request comes later, and when it is lost the next one after a
  /// second.
  void OnLayerSubscribed(std::size_t layer, TimePoint now);
  /// Pictures that are passed refer to one that was left out: everybody begins anew.
  void OnChainBroken(TimePoint now) { newcomers_until_ = now + kNewcomers; }

  /// Whether a GOP may be sent again, with a source that answers requests. It must not where who
  /// asks has just watched another layer of the same pictures, and would see them twice.
  void AllowReplay(bool allowed) { replay_allowed_ = allowed; }

  /// A picture of the source. `passes`: it goes out as it is.
  void OnSourcePicture(const SourcePicture& picture, bool passes);
  /// A key frame of the layer is sent.
  void OnKeyFrameSent(std::size_t layer, TimePoint now) { throttles_[layer].OnKeyFrame(now); }

  /// A viewer needs a key frame of a layer.
  Answer Request(std::size_t layer, const Stream& stream, TimePoint now);
  /// Something has fallen due for the layer. Ask every few tens of milliseconds.
  bool Due(std::size_t layer, TimePoint now) const;
  /// What it comes to; empty: nothing, or nothing is Due().
  std::optional<Answer> Poll(std::size_t layer, const Stream& stream, TimePoint now);

  /// The encoder is to take the highest layer over although nobody asks: the source's pictures are
  /// more than should be sent.
  void WantEncoder() { encoder_wanted_ = true; }
  /// The encoder takes the highest layer over as soon as it can.
  bool encoder_wanted() const { return encoder_wanted_; }
  void OnEncoderTook() { encoder_wanted_ = false; }
  /// The source feeds the highest layer again.
  void OnSourceReturned(TimePoint now);
  void OnEncoderLost();
  /// The decoder is to follow the source for the next viewer.
  bool keeps_decoder_warm(TimePoint now) const { return now < warm_until_; }

 private:
  bool SourceIsLate(TimePoint now) const { return source_until_ && now >= *source_until_; }
  bool AsksSource(TimePoint now) const;
  bool SourceIsUnresponsive(TimePoint now) const {
    return !options_.source_answers || now < unresponsive_until_;
  }
  std::size_t top() const { return throttles_.size() - 1; }
  Answer Decide(std::size_t layer, const Stream& stream, TimePoint now);
  Answer FromSource(const GopCache& gop, TimePoint now);
  Answer Bridge(const GopCache& gop, TimePoint now);
  bool CanReplay(const GopCache& gop, TimePoint now) const;
  bool SourceKeyFrameIsNear(const GopCache& gop) const;

  Options options_;
  std::vector<KeyFrameRequestThrottle> throttles_;  // one per layer
  KeyFrameIntervalEstimator interval_;
  TimePoint newcomers_until_{};  // who watches now has begun since; a replay disturbs nobody
  std::optional<TimePoint> source_until_;  // the source has so long to send a key frame
  bool replay_allowed_ = true;
  bool source_asked_ = false;  // for that key frame
  int unanswered_ = 0;         // requests to it, in a row
  TimePoint unresponsive_until_{};
  bool encoder_wanted_ = false;
  TimePoint warm_until_{};
};

}  // namespace ingress::pipeline
