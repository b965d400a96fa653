#include <map>
#include <utility>

#include "livekit/candidate_init.h"
#include "livekit/disconnect.h"
#include "livekit/room_core.h"

namespace ingress::livekit {
namespace {

using Response = ::livekit::SignalResponse;
using Reason = ::livekit::RequestResponse;

ErrorCode CodeOf(Reason::Reason reason) {
  switch (reason) {
    case Reason::NOT_ALLOWED:
      return ErrorCode::kUnauthorized;
    case Reason::UNSUPPORTED_TYPE:
      return ErrorCode::kUnsupported;
    case Reason::LIMIT_EXCEEDED:
      return ErrorCode::kLimitExceeded;
    case Reason::NOT_FOUND:
      return ErrorCode::kNotFound;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

void RoomCore::Handle(const Response& response) {
  switch (response.message_case()) {
    case Response::kAnswer:
      return OnAnswer(response.answer());
    case Response::kTrickle:
      return OnTrickle(response.trickle());
    case Response::kTrackPublished:
      return OnTrackPublished(response.track_published());
    case Response::kTrackUnpublished:
      return OnTrackUnpublished(response.track_unpublished());
    case Response::kRequestResponse:
      return OnRefusal(response.request_response());
    case Response::kMute:
      return OnMute(response.mute());
    case Response::kSubscribedQualityUpdate:
      return OnSubscribedQuality(response.subscribed_quality_update());
    case Response::kUpdate:
      audience_.OnUpdate(response.update());
      return TellAudience();
    case Response::kLeave:
      return OnLeave(response.leave());
    case Response::kRoomUpdate:
      joined_.room_sid = response.room_update().room().sid();
      return changed_.Notify();
    case Response::kRefreshToken:
      token_ = response.refresh_token();
      return;
    case Response::kRoomMoved:
      token_ = response.room_moved().token();
      joined_.room_sid = response.room_moved().room().sid();
      return;
    default:
      return;  // for our information only
  }
}

void RoomCore::OnAnswer(const ::livekit::SessionDescription& answer) {
  if (!offer_pending_ || (answer.id() != 0 && answer.id() != offer_id_)) return;
  offer_pending_ = false;
  auto applied = connection_->SetAnswer(answer.sdp());
  bool news = false;
  for (Publication* publication : Publications()) {
    if (publication->answered || publication->offer_id > offer_id_) continue;
    news = true;
    publication->answered = applied.has_value();
    if (!applied) publication->refusal = applied.error();
  }
  if (!applied && !news) {
    return Interrupt({.mend = Mend::kReconnect,
                      .reason = ::livekit::STATE_MISMATCH,
                      .detail = applied.error().context});
  }
  if (offer_wanted_) SendOffer();
  changed_.Notify();
  AnnounceReadiness();
}

void RoomCore::OnTrickle(const ::livekit::TrickleRequest& trickle) {
  if (trickle.target() != ::livekit::PUBLISHER || !connection_) return;
  const auto candidate = ParseCandidateInit(trickle.candidateinit());
  if (candidate && *candidate) connection_->AddRemoteCandidate(**candidate);
  if (trickle.final()) connection_->SetRemoteGatheringDone();
}

void RoomCore::OnLocalCandidate(const sdp::Candidate& candidate) {
  // Those found before the first offer are part of it.
  if (!signal_ || offer_id_ == 0) return;
  ::livekit::SignalRequest request;
  request.mutable_trickle()->set_candidateinit(FormatCandidateInit(candidate));
  request.mutable_trickle()->set_target(::livekit::PUBLISHER);
  signal_->Send(request);
}

void RoomCore::OnTrackPublished(const ::livekit::TrackPublishedResponse& published) {
  for (Publication* publication : Publications()) {
    if (publication->request.cid() != published.cid()) continue;
    publication->info = published.track();
    publication->published = true;
    if (publication->info.muted() != publication->silent()) TellMuteOf(*publication);
  }
  changed_.Notify();
}

/// The room's owner mutes or unmutes through the API; the SFU acts on it by itself.
void RoomCore::OnMute(const ::livekit::MuteTrackRequest& mute) {
  for (Publication* publication : Publications()) {
    if (publication->info.sid() != mute.sid()) continue;
    publication->muted_by_owner = mute.muted();
    if (!mute.muted() && publication->muted) TellMuteOf(*publication);
  }
}

void RoomCore::OnTrackUnpublished(const ::livekit::TrackUnpublishedResponse& unpublished) {
  for (const Publication* publication : Publications()) {
    if (publication->info.sid() != unpublished.track_sid()) continue;
    Interrupt({.mend = Mend::kNone,
               .reason = ::livekit::PARTICIPANT_REMOVED,
               .detail = "the server unpublished our track; was the permission taken away?"});
  }
}

void RoomCore::OnRefusal(const ::livekit::RequestResponse& response) {
  if (response.reason() == Reason::OK || response.reason() == Reason::QUEUED ||
      !response.has_add_track()) {
    return;
  }
  for (Publication* publication : Publications()) {
    if (publication->request.cid() != response.add_track().cid()) continue;
    publication->refusal = {CodeOf(response.reason()), "the server refuses the track: " +
                                                           Reason::Reason_Name(response.reason()) +
                                                           " " + response.message()};
  }
  changed_.Notify();
}

void RoomCore::OnSubscribedQuality(const ::livekit::SubscribedQualityUpdate& update) {
  if (!video_ || update.track_sid() != video_->publication.info.sid()) return;
  // We publish one codec, so the first entry is ours; older servers fill the plain list only.
  const auto& qualities = update.subscribed_codecs_size() > 0
                              ? update.subscribed_codecs(0).qualities()
                              : update.subscribed_qualities();
  std::map<::livekit::VideoQuality, bool> enabled;
  for (const ::livekit::SubscribedQuality& quality : qualities) {
    enabled[quality.quality()] = quality.enabled();
  }
  if (const auto callback = callbacks_.on_subscribed_quality) callback(enabled);
}

void RoomCore::TellAudience() {
  const bool present = audience_.present();
  if (std::exchange(reported_audience_, present) == present) return;
  if (const auto callback = callbacks_.on_audience) callback(present);
}

void RoomCore::OnLeave(const ::livekit::LeaveRequest& leave) {
  Ending ending{.mend = Mend::kNone, .reason = leave.reason(), .detail = {}};
  if (leave.action() == ::livekit::LeaveRequest::RESUME) {
    ending.mend = Mend::kResume;
    ending.reconnect_reason = ::livekit::RR_PUBLISHER_FAILED;
  } else if (leave.action() == ::livekit::LeaveRequest::RECONNECT) {
    ending.mend = Mend::kReconnect;
  }
  if (ending.mend != Mend::kNone && leave.regions().regions_size() > 0) {
    if (const auto elsewhere = ParseServerUrl(leave.regions().regions(0).url())) {
      server_ = *elsewhere;
      server_.ca_cert_file = options_.ca_cert_file;
    }
  }
  Interrupt(std::move(ending));
}

}  // namespace ingress::livekit
