#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "domain/failure.h"
#include "domain/layer_spec.h"

namespace ingress::output {

/// The video track of an output: one stream per layer, all of one codec and one source.
struct VideoTrack {
  VideoCodec codec = VideoCodec::kH264;
  std::vector<LayerSpec>
      layers;  // lowest first, at least one; their indices name them from here on
};

/// The audio track of an output: Opus at 48 kHz.
struct AudioTrack {
  bool stereo = true;
  bool dtx = true;            // packets may be left out in silence
  std::uint32_t bitrate = 0;  // bits per second, at most
};

/// What an output has sent of one layer, or of audio, since it was published.
struct SenderStats {
  std::uint64_t packets = 0;
  std::uint64_t octets = 0;  // of media, without headers of packets
  std::uint64_t retransmitted = 0;
  std::uint64_t key_frame_requests = 0;
  double fraction_lost = 0;  // of late, 0 to 1, as the receiver says
};

struct Stats {
  std::vector<SenderStats> layers;   // of the video track; empty while there is none
  std::optional<SenderStats> audio;  // empty while there is no audio track
  std::uint64_t refused = 0;         // packets that could not be protected, and were not sent
  std::string why_refused{};
};

/// Where an output is joined to: known once on_joined was called.
struct Joined {
  std::string session_id;  // the far end's name for where media goes: LiveKit's room SID
  std::string server;      // version of the far end, for people
  bool takes_h264 = true;  // otherwise VP8
};

/// Whether it helps to join again after an end.
enum class Retry : std::uint8_t {
  kNever,      // somebody decided so, or it will be refused again
  kBriefly,    // the far end answers and refuses; that seldom passes
  kWhileAway,  // the far end is not there; it may be starting
};

/// Why an output is over, or could not be joined.
struct Ended {
  Failure failure;
  Retry retry = Retry::kNever;
};

/// Where a session's coded media goes, and what the far end asks of the session in return.
///
/// A session has one output. Several at a time are one output as well, which hands each frame to
/// all of them and wants what any of them wants; the session knows nothing of it.
///
/// Confined to one thread. Answers come as callbacks, which may run within the call that they
/// answer, and never after on_left. A frame may be sent at any time; one that nobody can get is
/// dropped.
class Output {
 public:
  struct Callbacks {
    /// The answer to Join(): tracks may be published. Or on_ended.
    std::function<void()> on_joined;
    /// The answer to Publish() and ReplaceVideo(): the tracks are known to the far end. Or
    /// on_ended.
    std::function<void()> on_published;
    /// What is sent from now on arrives, for the first time or again after a loss: each layer that
    /// is sent begins with a key frame.
    std::function<void()> on_transport_ready;

    /// The layers of the video track to send, by index. Called at each change, never before the far
    /// end has said what it wants.
    std::function<void(const std::vector<bool>& wanted)> on_demand;
    /// A viewer of this layer needs a key frame. Not coalesced.
    std::function<void(std::size_t layer)> on_key_frame_request;
    /// Somebody may watch, or nobody (any more). At first nobody does.
    std::function<void(bool present)> on_audience;
    /// Bits per second of video that the way to the far end carries; empty: no limit is known.
    std::function<void(std::optional<std::uint32_t> bits_per_second)> on_uplink;

    /// It is over, or could not be joined. After a failed Join() another one is legal; after
    /// anything else only Leave() is. Never after Leave().
    std::function<void(const Ended& ended)> on_ended;
    /// The answer to Leave(): nothing more comes, and the output may be destroyed.
    std::function<void()> on_left;
  };

  virtual ~Output() = default;

  /// Begins to join. Once; again only after it failed.
  virtual void Join() = 0;

  /// Publishes tracks that are not published yet, after on_joined; one call at a time.
  virtual void Publish(std::optional<VideoTrack> video, std::optional<AudioTrack> audio) = 0;

  /// Publishes another video track in place of the present one, in one step. Layers are those of
  /// `video` from this call on.
  virtual void ReplaceVideo(VideoTrack video) = 0;

  /// Says goodbye; legal at every moment, once.
  virtual void Leave() = 0;

  /// Sends a frame of a layer. RTP time is that of `frame.pts` + `rtp_offset`; without a published
  /// video track nothing happens. Presentation times of a layer only grow.
  virtual void SendVideo(std::size_t layer, const EncodedFrame& frame, SessionTime rtp_offset) = 0;

  /// Likewise an Opus packet; `level_dbov` as in RFC 6464 (0 loudest, 127 silence).
  virtual void SendAudio(const EncodedFrame& packet, int level_dbov, SessionTime rtp_offset) = 0;

  /// What is sent between these two leaves together, where the path allows.
  virtual void BeginBatch() = 0;
  virtual void EndBatch() = 0;

  /// Tells viewers that the track's input is gone, or is back; of no effect while it is not
  /// published.
  virtual void SetVideoMuted(bool muted) = 0;
  virtual void SetAudioMuted(bool muted) = 0;

  /// Frames of a layer stopped for a while: the far end is to take the next one of each for its
  /// beginning. See handler::InputLossMuter.
  virtual void RenewLayers() = 0;

  /// Changes what viewers are shown of who sends; an empty text changes nothing.
  virtual void SetParticipant(std::string name, std::string metadata) = 0;

  virtual bool has_video() const = 0;  // a video track is published, or is being published
  virtual bool has_audio() const = 0;
  virtual Joined joined() const = 0;  // as it is now; another one may follow a loss
  virtual Stats stats() const = 0;
};

}  // namespace ingress::output
