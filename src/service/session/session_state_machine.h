#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "domain/failure.h"
#include "service/workers/handler_ending.h"

namespace ingress::service {

/// The life of one session: which of encoder, handler and operator does what when, and what follows
/// from it. An encoder may leave and come back, a handler may die and be replaced, while the
/// session goes on.
///
/// Sans-IO: events and the time in, actions out, to be carried out in their order. Made with a
/// handler that has its job, and an encoder that publishes unless the options say otherwise. After
/// kFinish nothing follows any more.
class SessionStateMachine {
 public:
  struct Options {
    std::chrono::milliseconds reconnect_grace{10'000};  // 0: leave as soon as the encoder is gone
    std::chrono::milliseconds finish_within{6'000};     // for a handler that was asked to leave
    std::chrono::milliseconds restart_every{600'000};   // a handler dies at most once in this time
    /// False for a session whose media no encoder brings: it neither waits for one nor tells it.
    bool begins_with_encoder = true;
  };

  enum class Action : std::uint8_t {
    kPauseFeed,       // end the body, keep the name: another generation may come
    kNextGeneration,  // the encoder is back
    kEndFeed,         // end it for good: the handler reads what is left, then leaves the room
    kCloseEncoder,    // tell the encoder failure() and hang up
    kStopHandler,     // ask it to leave the room
    kKillHandler,
    kStartHandler,  // another one, with a job of its own; OnHandlerStarted or …StartFailed follows
    kFinish,        // nothing is left of the session; failure() says why, empty for the usual end
  };
  using Actions = std::vector<Action>;

  /// How an encoder went away.
  enum class Disconnect : std::uint8_t {
    kInOrder,  // it said so
    kCut,      // its connection broke or fell silent: it may come back
    kBroken,   // it does not speak its protocol, or never came: the same would come back
  };

  using HandlerEnd = HandlerEnding::Kind;

  explicit SessionStateMachine(Options options)
      : options_(options),
        encoder_(options.begins_with_encoder ? Encoder::kHere : Encoder::kNone) {}

  /// `failure`: what the session ends with if the encoder does not come back; empty for the usual
  /// end.
  Actions OnEncoderGone(Disconnect disconnect, std::optional<Failure> failure, TimePoint now);

  /// The same ingress is published again, over a new connection, or for the first time in a session
  /// that began without an encoder. Only while resumable().
  Actions OnEncoderBack(TimePoint now);

  /// Somebody wants the session to end.
  Actions Stop(const Failure& failure, TimePoint now);

  /// The settings changed: another handler shall join with the new ones. Nothing while ending.
  Actions Rejoin(TimePoint now);

  /// `failure`: why it ended; for kDied, what the session ends with unless another handler starts.
  Actions OnHandlerEnded(HandlerEnd end, std::optional<Failure> failure, TimePoint now);
  Actions OnHandlerStarted(TimePoint now);
  Actions OnHandlerStartFailed(const Failure& failure, TimePoint now);

  /// To be called when deadline() has come.
  Actions OnDeadline(TimePoint now);
  TimePoint deadline() const;

  /// Whether an encoder that comes now gets this session.
  bool resumable() const { return !ending_ && !finished_; }
  bool encoder_here() const { return encoder_ == Encoder::kHere; }
  bool handler_starting() const { return handler_ == Handler::kStarting; }
  bool ending() const { return ending_; }
  bool finished() const { return finished_; }
  const std::optional<Failure>& failure() const { return failure_; }
  int restarts() const { return restarts_; }

 private:
  enum class Encoder : std::uint8_t { kNone, kHere, kAway, kGone };
  enum class Handler : std::uint8_t { kRuns, kLeaving, kKilled, kStarting, kNone };

  void BeginEnding(std::optional<Failure> failure, TimePoint now);
  Actions Finish();
  Actions RestartOrFinish(std::optional<Failure> failure, TimePoint now);
  bool MayRestart(TimePoint now) const;

  Options options_;
  Encoder encoder_;
  Handler handler_ = Handler::kRuns;
  bool ending_ = false;
  bool finished_ = false;
  bool rejoin_ = false;                    // start another handler when this one has left
  TimePoint leave_by_ = TimePoint::max();  // of the handler
  TimePoint back_by_ = TimePoint::max();   // of the encoder
  std::optional<Failure> away_failure_;    // if it does not come back
  std::optional<Failure> failure_;
  std::optional<TimePoint> last_restart_;
  int restarts_ = 0;
};

}  // namespace ingress::service
