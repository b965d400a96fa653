#include <array>
#include <utility>

#include "base/ids.h"
#include "livekit/room_core.h"
#include "livekit/track_request.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kPublishTimeout = 10s;
constexpr std::size_t kMaxLayers = 3;
constexpr auto kPlaceholderDelay = 200ms;
// Soon enough for clients, which give up a track without a name after 3 s (livekit-client) or 5 s
// (Rust); then once more, for a server so busy that the first came too early.
constexpr std::array kRestateAfter = {300ms, 2000ms};

}  // namespace

asio::awaitable<Result<void>> RoomCore::Publish(std::optional<VideoTrackOptions> video,
                                                std::optional<AudioTrackOptions> audio) {
  const auto self = shared_from_this();
  if (finished_ || leaving_) co_return Fail(ErrorCode::kClosed, "publish: not in the room");
  if (video_ && video) {
    co_return Fail(ErrorCode::kConflict, "publish: there is a video track already");
  }
  if (audio_ && audio) {
    co_return Fail(ErrorCode::kConflict, "publish: there is an audio track already");
  }
  if (auto checked = video ? CheckVideo(*video) : Result<void>{}; !checked) co_return checked;
  if (auto checked = audio ? CheckAudio() : Result<void>{}; !checked) co_return checked;
  std::vector<const Publication*> wanted;
  const TellMute tell_mute = [this](const Publication& publication) { TellMuteOf(publication); };
  if (audio) {
    audio_ =
        std::make_unique<PublishedAudio>(std::move(*audio), NewId("TA_"), connection_, tell_mute);
    wanted.push_back(&audio_->publication);
  }
  if (video) {
    video_ =
        std::make_unique<PublishedVideo>(std::move(*video), NewId("TV_"), connection_, tell_mute);
    wanted.push_back(&video_->publication);
  }
  if (signal_ && connection_) OfferTracks();
  auto published = co_await AwaitPublication(std::move(wanted));
  if (!published) co_return Wrap("publish", published.error());
  co_return published;
}

asio::awaitable<Result<void>> RoomCore::ReplaceVideo(VideoTrackOptions video) {
  const auto self = shared_from_this();
  if (finished_ || leaving_) co_return Fail(ErrorCode::kClosed, "replace: not in the room");
  if (!video_) co_return Fail(ErrorCode::kConflict, "replace: there is no video track");
  if (auto checked = CheckVideo(video); !checked) co_return checked;
  const Publication& old = video_->publication;
  if (connection_ && old.offer_id != 0) connection_->RemoveSection(old.section);
  auto next = std::make_unique<PublishedVideo>(
      std::move(video), NewId("TV_"), connection_,
      [this](const Publication& publication) { TellMuteOf(publication); });
  // What the room's owner has muted stays so, whatever its name.
  next->publication.muted_by_owner = old.muted_by_owner;
  video_ = std::move(next);
  if (signal_ && connection_) OfferTracks();
  auto published = co_await AwaitPublication({&video_->publication});
  if (!published) co_return Wrap("replace", published.error());
  co_return published;
}

Result<void> RoomCore::CheckVideo(const VideoTrackOptions& video) const {
  if (video.layers.empty() || video.layers.size() > kMaxLayers) {
    return Fail(ErrorCode::kUnsupported,
                "publish: " + std::to_string(video.layers.size()) + " video layers");
  }
  const std::string_view mime = MimeTypeOf(video.codec);
  if (mime.empty() || !TakesCodec(joined_.publish_codecs, mime)) {
    return Fail(ErrorCode::kUnsupported, "publish: the room does not take " + std::string(mime));
  }
  return {};
}

Result<void> RoomCore::CheckAudio() const {
  if (TakesCodec(joined_.publish_codecs, "audio/opus")) return {};
  return Fail(ErrorCode::kUnsupported, "publish: the room does not take audio/opus");
}

std::vector<Publication*> RoomCore::Publications() {
  std::vector<Publication*> out;
  if (audio_) out.push_back(&audio_->publication);
  if (video_) out.push_back(&video_->publication);
  return out;
}

asio::awaitable<Result<void>> RoomCore::AwaitPublication(std::vector<const Publication*> wanted) {
  TimePoint deadline = Clock::now() + kPublishTimeout;
  while (true) {
    bool done = true;
    for (const Publication* publication : wanted) {
      if (publication->refusal) co_return std::unexpected(*publication->refusal);
      done = done && publication->done();
    }
    if (done) co_return Result<void>{};
    if (finished_ || leaving_) co_return Fail(ErrorCode::kClosed, "the session ended");
    if (!signal_) deadline = Clock::now() + kPublishTimeout;  // time counts while connected
    if (Clock::now() >= deadline) {
      co_return Fail(ErrorCode::kTimeout, "the server did not confirm the tracks");
    }
    co_await changed_.WaitUntil(deadline);
  }
}

void RoomCore::Announce(const Publication& publication) {
  ::livekit::SignalRequest request;
  *request.mutable_add_track() = publication.request;
  request.mutable_add_track()->set_muted(publication.silent());
  signal_->Send(request);
}

/// A track that the SFU has not confirmed has no name yet; it is told when it gets one.
void RoomCore::TellMuteOf(const Publication& publication) {
  if (!signal_ || !publication.published) return;
  ::livekit::SignalRequest request;
  request.mutable_mute()->set_sid(publication.info.sid());
  request.mutable_mute()->set_muted(publication.silent());
  signal_->Send(request);
}

void RoomCore::OfferTracks() {
  bool added = false;
  if (audio_ && audio_->publication.offer_id == 0) {
    audio_->publication.section = audio_->AddTo(*connection_, stream_id_);
  }
  if (video_ && video_->publication.offer_id == 0) {
    video_->publication.section = video_->AddTo(*connection_, stream_id_);
  }
  for (Publication* publication : Publications()) {
    if (publication->offer_id != 0) continue;
    // One offer may be under way; the tracks are then in the next.
    publication->offer_id = offer_id_ + (offer_pending_ ? 2 : 1);
    Announce(*publication);
    added = true;
  }
  if (!added) return;
  readiness_known_ = false;
  SendOffer();
}

void RoomCore::SendOffer() {
  if (offer_pending_) {
    offer_wanted_ = true;
    return;
  }
  offer_wanted_ = false;
  offer_pending_ = true;
  ::livekit::SignalRequest request;
  auto& offer = *request.mutable_offer();
  offer.set_type("offer");
  offer.set_sdp(connection_->CreateOffer());
  offer.set_id(++offer_id_);
  signal_->Send(request);
  ArmWatchdog();
}

/// When no track comes soon, the transport is brought up without one: media then flows right after
/// its answer, and the SFU, which removes a participant without transport after 60 s, is content.
/// Not at once, because the SFU answers a second offer only after it has dealt with the first.
void RoomCore::ArmEarlyTransport() {
  placeholder_timer_.expires_after(kPlaceholderDelay);
  placeholder_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || !self->signal_ || !self->connection_ || self->offer_id_ != 0) return;
    self->connection_->AddPlaceholderSection();
    self->SendOffer();
  });
}

void RoomCore::AnnounceReadiness() {
  if (readiness_known_ || !connection_ || !connection_->connected()) return;
  const std::vector<Publication*> publications = Publications();
  if (publications.empty()) return;
  for (const Publication* publication : publications) {
    if (!publication->answered) return;
  }
  readiness_known_ = true;
  sessions_without_media_ = 0;
  // The path may have been gone for long enough to stop layers.
  if (std::exchange(resumed_, false) && video_) video_->RenewLayers();
  restated_ = 0;
  RestateParticipant();
  if (const auto callback = callbacks_.on_transport_ready) callback();
}

/// Makes the SFU tell everybody of all our tracks, some time after they were published.
///
/// livekit-server 1.13.5 tells each viewer of each track in messages that list all tracks, from
/// several goroutines at once, and may write an older list after a newer one. Clients without a
/// look at its version (Rust, Python, C++) then drop the track that is missing from it for good.
/// Attributes that are set again, even to what they are, bring a fresh list in its own time.
void RoomCore::RestateParticipant() {
  if (restated_ == kRestateAfter.size()) return;
  restate_timer_.expires_after(kRestateAfter.at(restated_++));
  restate_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || self->leaving_) return;
    if (self->signal_) self->SendAttributes();
    self->RestateParticipant();
  });
}

}  // namespace ingress::livekit
