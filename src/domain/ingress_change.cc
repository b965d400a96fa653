#include "domain/ingress_change.h"

#include <string>

namespace ingress {
namespace {

void Replace(std::string& text, const std::string& replacement) {
  if (!replacement.empty()) text = replacement;
}

/// All that a handler reads of an ingress but what can be told to the room.
std::string NeedsRejoin(::livekit::IngressInfo info) {
  info.clear_name();
  info.clear_stream_key();
  info.clear_url();
  info.clear_state();
  info.clear_enabled();
  info.clear_participant_name();
  info.clear_participant_metadata();
  return info.SerializeAsString();
}

}  // namespace

::livekit::IngressInfo Apply(::livekit::IngressInfo info,
                             const ::livekit::UpdateIngressRequest& request) {
  Replace(*info.mutable_name(), request.name());
  Replace(*info.mutable_room_name(), request.room_name());
  Replace(*info.mutable_participant_identity(), request.participant_identity());
  Replace(*info.mutable_participant_name(), request.participant_name());
  Replace(*info.mutable_participant_metadata(), request.participant_metadata());
  if (request.has_audio()) *info.mutable_audio() = request.audio();
  if (request.has_video()) *info.mutable_video() = request.video();
  if (request.has_bypass_transcoding()) info.set_bypass_transcoding(request.bypass_transcoding());
  if (request.has_enable_transcoding()) {
    info.set_enable_transcoding(request.enable_transcoding());
    info.set_bypass_transcoding(!request.enable_transcoding());
  }
  if (request.has_enabled()) info.set_enabled(request.enabled());
  return info;
}

IngressChange Compare(const ::livekit::IngressInfo& before, const ::livekit::IngressInfo& after) {
  if (after.has_enabled() && !after.enabled()) return IngressChange::kEnd;
  if (NeedsRejoin(before) != NeedsRejoin(after)) return IngressChange::kRejoin;
  if (before.participant_name() != after.participant_name() ||
      before.participant_metadata() != after.participant_metadata()) {
    return IngressChange::kLive;
  }
  return IngressChange::kNone;
}

}  // namespace ingress
