#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/backoff.h"
#include "service/node/sfu_verdict.h"

namespace ingress::service {

/// Makes one state of the verdicts that come in, and says when to ask again.
///
/// A server that was ready is so until it has failed twice in a row, as every server does not
/// answer once in a while; only what does not pass by itself (key, certificate, clock) counts at
/// once. Sans-IO.
class SfuWatch {
 public:
  static constexpr std::chrono::milliseconds kEvery{10'000};      // while all is well, at a mean
  static constexpr std::chrono::milliseconds kAgainAfter{1'000};  // the first failure
  static constexpr std::chrono::seconds kClockTolerance{30};      // half of what the server has

  /// `name`: "livekit-server at ws://127.0.0.1:7880".
  explicit SfuWatch(std::string name) : name_(std::move(name)) {}

  /// True when there is news for the log.
  bool OnVerdict(SfuVerdict verdict);

  bool ready() const { return shown_.state == SfuState::kReady; }
  const SfuVerdict& verdict() const { return shown_; }

  /// One line, for example "livekit-server at ws://…: connect to …: Connection refused; start it…".
  std::string status() const;

  /// What is odd while it is ready: a clock that is about to be too far off. Empty for nothing.
  std::string note() const;

  /// The pause before it is asked again. `random`: uniform over its whole range.
  std::chrono::milliseconds NextPause(std::uint32_t random);

 private:
  std::string name_;
  SfuVerdict shown_;
  bool doubtful_ = false;  // ready, and the last answer was none
  // Each refusal is a line in the server's log.
  net::Backoff away_{
      {.initial = std::chrono::milliseconds(500), .max = std::chrono::milliseconds(5'000)}};
  net::Backoff refused_{
      {.initial = std::chrono::milliseconds(1'000), .max = std::chrono::milliseconds(15'000)}};
};

}  // namespace ingress::service
