#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "domain/takeover_policy.h"

namespace ingress::service {

/// Judges who may have a session: the encoder that has it, or one that has just come with the same
/// key.
///
/// A connection that fell silent counts as dead whatever TCP says, so an encoder that comes back
/// gets its session at once. Two encoders that both live would take the session from each other
/// for ever, since each connects again when it is thrown out: after a takeover the winner keeps
/// the session until nobody has tried for kContestQuiet. Sans-IO.
class EncoderArbiter {
 public:
  /// Encoders send audio or video many times a second.
  static constexpr std::chrono::milliseconds kConsideredDeadAfter{1500};
  static constexpr std::chrono::seconds kContestQuiet{30};
  /// From one address it is most likely one encoder on a bad line.
  static constexpr std::size_t kTakeoversOfOneAddress = 3;

  enum class Verdict : std::uint8_t {
    kWelcome,   // nobody has the session, or who has it is dead
    kTakeOver,  // the live one has to go
    kRefuse,    // the live one stays
  };

  explicit EncoderArbiter(TakeoverPolicy policy) : policy_(policy) {}

  /// An encoder has the session from now on. `address`: without the port.
  void OnConnected(std::string address, TimePoint now);
  void OnMedia(TimePoint now) { last_word_ = heard_at_ = now; }
  void OnGone() { last_word_.reset(); }

  /// The session was taken from a live encoder elsewhere, which may try to come back here.
  void OnTakenOverElsewhere(TimePoint now) { takeovers_.push_back(now); }

  bool live(TimePoint now) const { return last_word_ && now - *last_word_ < kConsideredDeadAfter; }

  /// When an encoder last had a word to say, whether or not it still has the session.
  TimePoint heard_at() const { return heard_at_; }

  /// Decides about a newcomer; it is then OnConnected() unless refused.
  Verdict Judge(const std::string& address, TimePoint now);

 private:
  TakeoverPolicy policy_;
  std::string address_;
  std::optional<TimePoint> last_word_;  // of the encoder that has the session
  TimePoint heard_at_{};
  std::deque<TimePoint> takeovers_;  // from live encoders, and attempts at it, of late
};

}  // namespace ingress::service
