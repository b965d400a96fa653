#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rtmp/limits.h"
#include "rtmp/publish.h"

namespace ingress::rtmp {

using Event = std::variant<PublishRequest, MediaMessage, PublishEnd, ProtocolNotice>;

/// The life of the one publish of a connection: requested, decided, ended.
///
/// Media that comes before the decision is held and let through with it. Every accepted publish
/// ends with exactly one PublishEnd, also when it was over before it was accepted. A publish that
/// follows such a one is requested once that is decided.
class PublishGate {
 public:
  /// Requires !active(). A PublishRequest event follows.
  void Request(PublishRequest request);

  /// The decision. Requires pending(). True when media may flow now, that is when the publish was
  /// not over meanwhile.
  bool Accept();
  void Refuse();

  /// Holds, passes or drops, as the publish stands.
  void OnMedia(MediaMessage message);

  void Notice(std::string text) { events_.emplace_back(ProtocolNotice{std::move(text)}); }

  /// Ends a live publish, and a pending one as soon as it is decided. Otherwise without effect.
  void End(PublishEnd::Cause cause, std::string detail);

  bool idle() const { return phase_ == Phase::kIdle; }
  bool pending() const { return phase_ == Phase::kPending; }  // also when it is over meanwhile
  bool live() const { return phase_ == Phase::kLive; }

  /// A publish that is requested or live, and not over.
  bool active() const { return !idle() && (!over_ || next_); }

  /// Whether so much media waits for the decision that no more should be read.
  bool full() const { return held_bytes_ >= kMaxHeldMediaBytes; }

  std::size_t held_bytes() const { return held_bytes_; }

  std::vector<Event> TakeEvents() { return std::exchange(events_, {}); }

 private:
  enum class Phase { kIdle, kPending, kLive };

  void DropHeld();

  Phase phase_ = Phase::kIdle;
  std::optional<PublishEnd> over_;      // pending only: how it ended before the decision
  std::optional<PublishRequest> next_;  // only with over_
  std::vector<MediaMessage> held_;
  std::size_t held_bytes_ = 0;
  std::vector<Event> events_;
};

}  // namespace ingress::rtmp
