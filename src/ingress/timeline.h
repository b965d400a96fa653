#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress {

/// Where a message lies on the session's time line.
struct Placed {
  SessionTime time;
  /// False: too far behind the live edge, or before what its track has already given out. The
  /// message keeps its place in decoding, but must be left out of the output.
  bool live;
};

/// Maps an encoder's millisecond timestamps to the session's time line, for audio and video alike.
///
/// The mapping is one offset, shared by both kinds so that lips and sound stay together, plus what
/// the wire does to the numbers:
///  - wraps at 2^32 ms and at 2^31 ms (FFmpeg and OBS store 31 bits in FLV tags) are forward
///  motion;
///  - a jump of a track (more than kMaxForwardJump ahead or kMaxBackwardJump back) starts a new
///    segment: that track goes on one step after its last time, and the other track joins the same
///    segment when its own numbers jump;
///  - the offset follows the encoder's clock: the earliest arrivals of the last seconds say where
///    "now" is (a late arrival is network jitter, an early one never is). Until Freeze() it moves
///    at once, afterwards in steps too small to see or hear.
///
/// Sans-IO; `arrival` is the session time at which the message came in.
class Timeline {
 public:
  enum class Kind : std::uint8_t { kAudio, kVideo };

  static constexpr std::chrono::milliseconds kMaxForwardJump{10'000};
  static constexpr std::chrono::milliseconds kMaxBackwardJump{1'000};
  static constexpr std::chrono::milliseconds kStepAfterJump{20};
  /// How much of the time that passes may go into correcting the offset after Freeze().
  static constexpr double kMaxSlewEarlier = 0.05;    // media arrives early: delay can shrink
  static constexpr double kMaxSlewLater = 0.002;     // the encoder's clock is slow
  static constexpr std::chrono::seconds kWindow{1};  // arrivals are judged by windows of this size
  static constexpr std::size_t kWindows = 8;

  /// Places a message of `kind` whose timestamp (DTS) is `timestamp` milliseconds.
  Placed Map(Kind kind, std::uint32_t timestamp, SessionTime arrival);

  /// From now on times have left the process; the offset may no longer jump.
  void Freeze() { frozen_ = true; }

  /// How far the newest message of any kind lies behind the earliest arrivals: the network's
  /// current extra delay, zero on a smooth line.
  SessionTime lateness() const { return lateness_; }

  std::uint64_t jumps() const { return jumps_; }

 private:
  struct Track {
    bool started = false;
    std::uint32_t raw = 0;       // last timestamp on the wire
    std::int64_t unwrapped = 0;  // milliseconds of the current segment's numbering
    SessionTime last{};
    std::uint64_t segment = 0;
  };
  struct Segment {
    std::uint64_t number = 0;
    // Times of this segment are unwrapped milliseconds + base.
    SessionTime base{};
    std::uint32_t raw_reference = 0;       // a timestamp of the segment …
    std::int64_t unwrapped_reference = 0;  // … and its unwrapped value
  };

  SessionTime Place(Track& track, std::uint32_t timestamp, SessionTime arrival);
  void StartSegment(Track& track, std::uint32_t timestamp, SessionTime at);
  void Observe(SessionTime media, SessionTime arrival);

  std::array<Track, 2> tracks_;
  Segment segment_;
  bool started_ = false;
  bool frozen_ = false;
  std::uint64_t jumps_ = 0;

  // The offset that Map adds to media time, and the evidence for moving it.
  SessionTime offset_{};
  SessionTime lateness_{};
  std::array<std::optional<SessionTime>, kWindows>
      earliest_;  // min(arrival - media), a window each
  std::int64_t window_ = 0;
  SessionTime last_arrival_{};
};

}  // namespace ingress
