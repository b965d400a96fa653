#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "livekit_models.pb.h"

namespace ingress::livekit {

/// Why the room is gone for us, and whether joining anew could help.
struct Disconnect {
  ::livekit::DisconnectReason reason = ::livekit::UNKNOWN_REASON;
  bool retryable = false;
  std::string detail;  // for humans
};

struct RoomOptions {
  std::string url;                                // ws://, wss://, http:// or https://
  std::string token;                              // access token; never logged
  std::string ca_cert_file{};                     // as in dial::ServerAddress
  std::map<std::string, std::string> attributes;  // set right after joining
  // Likewise, where they are not empty and the token's are out of date.
  std::string participant_name{};
  std::string participant_metadata{};
  SessionClock clock;  // RTP and NTP times of every track come from it
};

/// One simulcast layer, or the only one.
struct VideoLayer {
  ::livekit::VideoQuality quality = ::livekit::HIGH;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bitrate = 0;  // bits per second
};

struct VideoTrackOptions {
  std::string name;
  ::livekit::TrackSource source = ::livekit::CAMERA;
  VideoCodec codec = VideoCodec::kH264;  // kH264 or kVp8
  std::vector<VideoLayer> layers;        // LOW first
};

struct AudioTrackOptions {
  std::string name;
  ::livekit::TrackSource source = ::livekit::MICROPHONE;
  bool stereo = true;
  bool dtx = true;
  std::uint32_t bitrate = 0;  // bits per second, for pacing
};

/// What the counters of one layer (or of audio) say; read at any time.
struct SenderStats {
  std::uint32_t ssrc = 0;
  std::uint64_t packets = 0;
  std::uint64_t octets = 0;  // RTP payload
  std::uint64_t retransmitted = 0;
  std::uint64_t key_frame_requests = 0;  // PLI and FIR received
  double fraction_lost = 0;              // from the last receiver report, 0 to 1
  std::chrono::milliseconds round_trip{0};
};

/// A published video track. Lives as long as its Room, or until it is replaced.
class VideoTrack {
 public:
  virtual ~VideoTrack() = default;
  virtual const ::livekit::TrackInfo& info() const = 0;

  /// Sends one picture of layer `layer` (index into VideoTrackOptions::layers). Before the
  /// transport is up it is dropped. RTP timestamp: one base for all layers, from frame.pts.
  virtual void Send(std::size_t layer, const EncodedFrame& frame) = 0;

  /// What is sent of `layer` from now on gets an RTP time that is `offset` later than its pts, and
  /// sender reports say so.
  virtual void SetRtpOffset(std::size_t layer, SessionTime offset) = 0;

  /// Tells the room that the track is muted, or is not any more: viewers show a placeholder while
  /// it is. Says nothing when that is so already. Kept over a resume and a new session; a track
  /// that the room's owner muted stays muted whatever is said here.
  virtual void SetMuted(bool muted) = 0;

  /// Makes the SFU take the next packet of each layer for the layer's start. Unseen by viewers.
  /// A layer without packets for half a second counts as stopped there, and as back only after
  /// 10 s of packets; see handler::InputLossMuter for when to call this.
  virtual void RenewLayers() = 0;

  virtual std::vector<SenderStats> stats() const = 0;
};

/// A published audio track. Lives as long as its Room.
class AudioTrack {
 public:
  virtual ~AudioTrack() = default;
  virtual const ::livekit::TrackInfo& info() const = 0;

  /// Sends one Opus packet; `level_dbov` as in RFC 6464 (0 loudest, 127 silence).
  virtual void Send(const EncodedFrame& frame, int level_dbov) = 0;

  /// As VideoTrack::SetRtpOffset().
  virtual void SetRtpOffset(SessionTime offset) = 0;

  /// As VideoTrack::SetMuted().
  virtual void SetMuted(bool muted) = 0;

  virtual SenderStats stats() const = 0;
};

/// One participant of one LiveKit room that only publishes: signalling, one peer connection,
/// tracks. Resumes by itself after a lost signal connection or a failed transport; what it cannot
/// mend ends in on_disconnected.
///
/// Confined to `executor` (one strand or one thread): all calls and all callbacks happen there.
class Room {
 public:
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  struct Callbacks {
    /// The SFU wants a key frame of this layer of the video track (PLI or FIR), not yet coalesced.
    std::function<void(std::size_t layer)> on_key_frame_request;
    /// The layers subscribers want, by quality; called at each change. Never called before the
    /// SFU's first word, which comes with the first subscription or after ten seconds.
    std::function<void(const std::map<::livekit::VideoQuality, bool>& enabled)>
        on_subscribed_quality;
    /// Somebody who may subscribe is in the room, or nobody (any more) is as far as is told: hidden
    /// participants are not. Called at each change; at first nobody is there.
    std::function<void(bool present)> on_audience = {};
    /// What the path to the SFU carries of video, in bits per second. Called once it was found
    /// congested, at every change that matters after that, and every second; with kUnlimited when
    /// that is over for good. What is sent stays as it is: see pipeline::UplinkAllocator.
    std::function<void(std::uint32_t bits_per_second)> on_uplink = {};
    /// The transport is up, for the first time or again after a loss: send key frames.
    std::function<void()> on_transport_ready;
    /// The session in the room is over. Called at most once, never after Leave().
    std::function<void(Disconnect disconnect)> on_disconnected;
  };

  struct Joined {
    std::string room_sid;
    std::string room_name;
    std::string participant_sid;
    std::string server_version;
    std::vector<std::string> publish_codecs;  // MIME types the room takes, e.g. "video/H264"
  };

  static std::unique_ptr<Room> Make(boost::asio::any_io_executor executor, RoomOptions options,
                                    Callbacks callbacks);
  virtual ~Room() = default;

  /// Opens the signal connection and waits for the join response. The transport needs no tracks
  /// and is prepared meanwhile (certificate, candidates).
  /// Errors: kUnauthorized, kNotFound, kUnavailable, kTimeout with the server's own words; those of
  /// dial::DialTls().
  virtual boost::asio::awaitable<Result<Joined>> Join() = 0;

  /// Publishes tracks: AddTrack, offer, answer. May be called again with the kind that came later.
  /// Returns when the answer is applied; media flows once on_transport_ready was called.
  /// Errors: kUnauthorized when the grant forbids it, kUnsupported when the room has not the codec.
  virtual boost::asio::awaitable<Result<void>> Publish(std::optional<VideoTrackOptions> video,
                                                       std::optional<AudioTrackOptions> audio) = 0;

  /// Publishes the video track anew, in one step: viewers lose the old one when the new one is
  /// offered to them. video() is another object from the beginning of the call on. Returns and
  /// fails as Publish() does.
  virtual boost::asio::awaitable<Result<void>> ReplaceVideo(VideoTrackOptions video) = 0;

  virtual VideoTrack* video() = 0;  // null before its Publish
  virtual AudioTrack* audio() = 0;  // null before its Publish

  /// What is sent between these two leaves together, in one system call where the path allows.
  virtual void BeginBatch() = 0;
  virtual void EndBatch() = 0;

  struct Refused {
    std::uint64_t packets = 0;
    std::string why{};
  };
  /// Packets of the present connection that SRTP refused to protect, and why the newest one.
  virtual Refused refused() const = 0;

  /// The session in the room as it is now; a new one follows when the server was restarted.
  virtual const Joined& joined() const = 0;

  /// Changes what viewers see of the participant, now and in every later session; an empty text
  /// changes nothing.
  virtual void SetParticipant(std::string name, std::string metadata) = 0;

  /// Says goodbye with a LeaveRequest, waits at most 2 s for the server's close, tears down.
  virtual boost::asio::awaitable<void> Leave() = 0;
};

}  // namespace ingress::livekit
