#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/failure.h"
#include "livekit_ingress.pb.h"

namespace ingress {

/// Builds the state that LiveKit stores of one session: BUFFERING → PUBLISHING → INACTIVE, COMPLETE
/// or ERROR.
///
/// Collects facts as they become known and says when an update is due. livekit-server replaces its
/// stored state as a whole, so each update is complete. Pure: no clock, no bus. Updates of one
/// session must reach the server one after another; TakeUpdate() merges what happened meanwhile.
class SessionState {
 public:
  struct Options {
    std::string resource_id;
    bool reusable = true;  // ends as INACTIVE; otherwise COMPLETE
    /// started_at of the state that the server has stored, 0 for none. It names a session, and the
    /// server drops updates of any but the latest: a node whose clock is behind the one of the last
    /// session's node takes the next number.
    std::int64_t previous_started_at = 0;  // nanoseconds since 1970
  };

  /// A session accepted at `now`: BUFFERING, with an update due.
  SessionState(Options options, WallTime now);

  /// A session of an earlier process, as its last state says.
  explicit SessionState(::livekit::IngressState state);

  // Facts. A change makes an update due, but for a changed bitrate alone, which travels with the
  // next one. After End() they are ignored.
  void SetVideo(const ::livekit::InputVideoState& video);
  void SetAudio(const ::livekit::InputAudioState& audio);
  void SetRoomId(std::string room_id);
  void SetTracks(std::vector<::livekit::TrackInfo> tracks);
  void SetPublishing();
  /// What is wrong with a session that goes on, as one text; empty: nothing is, any more.
  void SetWarning(std::string text);

  /// Why the session will end. Only the first failure counts; the status changes with End().
  void Fail(const Failure& failure);

  /// The session is over: ERROR when a failure that is not a clean end came first, else INACTIVE or
  /// COMPLETE. Idempotent.
  void End(WallTime now);

  bool ended() const { return state_.ended_at() != 0; }
  const std::optional<Failure>& failure() const { return failure_; }

  /// Whether TakeUpdate() has something to send.
  bool update_due() const { return update_due_; }

  /// The complete state to send now, with updated_at above that of every earlier one; empty when
  /// nothing changed since the last.
  std::optional<::livekit::IngressState> TakeUpdate(WallTime now);

  /// Makes an update due that holds only what changes all the time, such as bitrates.
  void Refresh() {
    if (!ended()) update_due_ = true;
  }

  /// The last update was lost: makes one due again.
  void UpdateLost() { update_due_ = true; }

  /// The state as an RPC reply wants it; takes no update away.
  const ::livekit::IngressState& state() const { return state_; }

 private:
  Options options_;
  ::livekit::IngressState state_;
  std::optional<Failure> failure_;
  bool update_due_ = true;
};

}  // namespace ingress
