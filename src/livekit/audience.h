#pragma once

#include <string>
#include <unordered_set>

#include "livekit_rtc.pb.h"

namespace ingress::livekit {

/// Who in the room may watch, as far as the server tells: hidden participants are not named.
class Audience {
 public:
  /// A session in the room begins; `join` names who is there.
  void OnJoin(const ::livekit::JoinResponse& join) {
    own_sid_ = join.participant().sid();
    watchers_.clear();
    for (const auto& participant : join.other_participants()) Take(participant);
  }

  void OnUpdate(const ::livekit::ParticipantUpdate& update) {
    for (const auto& participant : update.participants()) Take(participant);
  }

  bool present() const { return !watchers_.empty(); }

 private:
  void Take(const ::livekit::ParticipantInfo& participant) {
    if (participant.sid() == own_sid_) return;
    const bool gone = participant.state() == ::livekit::ParticipantInfo::DISCONNECTED;
    const bool may_watch =
        !participant.has_permission() || participant.permission().can_subscribe();
    if (gone || !may_watch) {
      watchers_.erase(participant.sid());
    } else {
      watchers_.insert(participant.sid());
    }
  }

  std::string own_sid_;
  std::unordered_set<std::string> watchers_;  // SIDs
};

}  // namespace ingress::livekit
