#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace ingress::pipeline {

/// Decides whether an input track is usable.
///
/// A single unusable message does not end a stream: it is counted, logged with its count now and
/// then, and forgotten when the next frame is good. A track is unusable when messages have come for
/// kHealthWindow and none of them could be used.
///
/// Sans-IO: each message is reported by one of the On…() methods, at the time at which it came.
class TrackHealth {
 public:
  /// A track that gives nothing usable for this long is unusable.
  static constexpr std::chrono::seconds kHealthWindow{3};
  /// A track that was of use and pauses for less may bring more.
  static constexpr std::chrono::seconds kLongestPause{30};
  /// Between two log lines about unusable messages.
  static constexpr std::chrono::seconds kLogEvery{10};

  enum class State : std::uint8_t {
    kSilent,    // no message has come within kHealthWindow
    kStarting,  // messages come, none of use yet, for less than kHealthWindow
    kWorking,   // what came last was of use, or was so within kHealthWindow
    kUnusable,
  };

  /// A message that gave a frame.
  void OnUsable(TimePoint now);

  /// A message that gave none because something has to come before it: parameter sets, a key frame.
  void OnWaiting(TimePoint now);

  /// A message that nothing can be made of. Returns how many there were so far when that should be
  /// logged now; empty when it was said a moment ago.
  std::optional<std::uint64_t> OnUnusable(Error why, TimePoint now);

  State state(TimePoint now) const;

  /// Whether nothing of use is to be expected. Slides pause for ten seconds and longer.
  bool Gone(TimePoint now) const;

  /// Why the track is unusable for good: the newest error when it is unusable and its messages did
  /// not merely wait for something. Empty otherwise.
  std::optional<Error> Hopeless(TimePoint now) const;

  /// Messages that nothing could be made of, in all.
  std::uint64_t unusable() const { return unusable_; }
  /// Why the newest of them could not be used.
  const std::optional<Error>& last_error() const { return last_error_; }

 private:
  void OnUseless(TimePoint now);

  std::optional<TimePoint> usable_at_;      // the newest message of use …
  std::optional<TimePoint> useless_at_;     // … and of none
  std::optional<TimePoint> useless_since_;  // the first of none since the last of use
  bool erroneous_ = false;                  // one of those since then was more than waiting
  std::uint64_t unusable_ = 0;
  std::optional<Error> last_error_;
  std::optional<TimePoint> logged_at_;
};

/// Why a session cannot go on: the error of a hopeless track while the other one does not work
/// either. Empty as long as one of them works or may begin to.
std::optional<Error> HopelessInput(const TrackHealth& first, const TrackHealth& second,
                                   TimePoint now);

}  // namespace ingress::pipeline
