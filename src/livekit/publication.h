#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "livekit/room.h"
#include "livekit_rtc.pb.h"
#include "rtc/peer_connection.h"

namespace ingress::livekit {

/// The peer connection of the moment; null while a session is being replaced.
using ConnectionSlot = std::unique_ptr<rtc::PeerConnection>;

/// How far one track has come on its way into the room.
struct Publication {
  ::livekit::AddTrackRequest request;
  std::size_t section = 0;     // of the peer connection
  std::uint32_t offer_id = 0;  // of the first offer with it; zero: in none yet
  bool answered = false;
  bool published = false;  // track_published came
  ::livekit::TrackInfo info;
  std::optional<Error> refusal;
  bool muted = false;           // as the session wants it
  bool muted_by_owner = false;  // the room's owner muted it; only they may take that back
  bool mute_used = false;       // muted at least once: the SFU may have missed what came since

  bool done() const { return answered && published; }
  bool silent() const { return muted || muted_by_owner; }
  /// A new session begins: nothing of the old one counts.
  void Reset();
};

/// Sends the SFU the mute state of a track, if it knows the track yet.
using TellMute = std::function<void(const Publication& publication)>;

class PublishedVideo final : public VideoTrack {
 public:
  /// `connection` must outlive the track.
  PublishedVideo(VideoTrackOptions options, std::string cid, const ConnectionSlot& connection,
                 TellMute tell_mute);

  const ::livekit::TrackInfo& info() const override { return publication.info; }
  void Send(std::size_t layer, const EncodedFrame& frame) override;
  void SetRtpOffset(std::size_t layer, SessionTime offset) override;
  void SetMuted(bool muted) override;
  void RenewLayers() override;
  std::vector<SenderStats> stats() const override;

  /// Adds the track's section to `connection`.
  std::size_t AddTo(rtc::PeerConnection& connection, const std::string& stream_id) const;

  Publication publication;

 private:
  VideoTrackOptions options_;
  const ConnectionSlot& connection_;
  TellMute tell_mute_;
};

class PublishedAudio final : public AudioTrack {
 public:
  /// `connection` must outlive the track.
  PublishedAudio(AudioTrackOptions options, std::string cid, const ConnectionSlot& connection,
                 TellMute tell_mute);

  const ::livekit::TrackInfo& info() const override { return publication.info; }
  void Send(const EncodedFrame& frame, int level_dbov) override;
  void SetRtpOffset(SessionTime offset) override;
  void SetMuted(bool muted) override;
  SenderStats stats() const override;

  /// Adds the track's section to `connection`.
  std::size_t AddTo(rtc::PeerConnection& connection, const std::string& stream_id) const;

  Publication publication;

 private:
  AudioTrackOptions options_;
  const ConnectionSlot& connection_;
  TellMute tell_mute_;
};

}  // namespace ingress::livekit
