#include "domain/session_state.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ingress {
namespace {

using ::livekit::IngressState;

std::int64_t Nanoseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// Whether two input states differ in more than their bitrate.
template <typename InputState>
bool Differ(InputState a, InputState b) {
  a.clear_average_bitrate();
  b.clear_average_bitrate();
  return a.SerializeAsString() != b.SerializeAsString();
}

}  // namespace

SessionState::SessionState(Options options, WallTime now) : options_(std::move(options)) {
  state_.set_status(IngressState::ENDPOINT_BUFFERING);
  state_.set_resource_id(options_.resource_id);
  state_.set_started_at(std::max(Nanoseconds(now), options_.previous_started_at + 1));
}

SessionState::SessionState(IngressState state)
    : options_{.resource_id = state.resource_id()}, state_(std::move(state)) {}

void SessionState::SetVideo(const ::livekit::InputVideoState& video) {
  if (ended()) return;
  update_due_ = update_due_ || Differ(state_.video(), video);
  *state_.mutable_video() = video;
}

void SessionState::SetAudio(const ::livekit::InputAudioState& audio) {
  if (ended()) return;
  update_due_ = update_due_ || Differ(state_.audio(), audio);
  *state_.mutable_audio() = audio;
}

void SessionState::SetRoomId(std::string room_id) {
  if (ended() || state_.room_id() == room_id) return;
  state_.set_room_id(std::move(room_id));
  update_due_ = true;
}

void SessionState::SetTracks(std::vector<::livekit::TrackInfo> tracks) {
  if (ended()) return;
  const auto same = [](const ::livekit::TrackInfo& a, const ::livekit::TrackInfo& b) {
    return a.SerializeAsString() == b.SerializeAsString();
  };
  if (std::ranges::equal(state_.tracks(), tracks, same)) return;
  state_.clear_tracks();
  for (::livekit::TrackInfo& track : tracks) *state_.add_tracks() = std::move(track);
  update_due_ = true;
}

void SessionState::SetPublishing() {
  if (ended() || state_.status() == IngressState::ENDPOINT_PUBLISHING) return;
  state_.set_status(IngressState::ENDPOINT_PUBLISHING);
  update_due_ = true;
}

void SessionState::SetWarning(std::string text) {
  if (ended() || state_.error() == text) return;
  state_.set_error(std::move(text));
  update_due_ = true;
}

void SessionState::Fail(const Failure& failure) {
  if (!failure_ && !ended()) failure_ = failure;
}

void SessionState::End(WallTime now) {
  if (ended()) return;
  if (failure_ && !failure_->clean_end()) {
    state_.set_status(IngressState::ENDPOINT_ERROR);
    state_.set_error(failure_->Message());
  } else {
    state_.clear_error();  // a warning ends with its session
    state_.set_status(options_.reusable ? IngressState::ENDPOINT_INACTIVE
                                        : IngressState::ENDPOINT_COMPLETE);
  }
  state_.set_ended_at(std::max(Nanoseconds(now), state_.started_at()));
  update_due_ = true;
}

std::optional<IngressState> SessionState::TakeUpdate(WallTime now) {
  if (!update_due_) return std::nullopt;
  update_due_ = false;
  // The wall clock may stand still or be set back between two updates.
  const std::int64_t last = std::max(state_.updated_at(), state_.started_at() - 1);
  state_.set_updated_at(std::max(Nanoseconds(now), last + 1));
  return state_;
}

}  // namespace ingress
