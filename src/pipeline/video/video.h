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
#include "base/process_usage.h"
#include "base/result.h"
#include "domain/layer_spec.h"
#include "domain/route.h"
#include "pipeline/route/load_shedder.h"
#include "pipeline/source/track_health.h"
#include "pipeline/source/video_message.h"
#include "pipeline/source/video_source.h"
#include "stream/unit.h"
#include "timing/timeline.h"

namespace ingress::pipeline {

/// The video of a session: units of the source in, coded frames of every wanted layer of the
/// published track out. VideoPipeline makes the layers of one stream of pictures,
/// SimulcastPipeline takes those that the sender has made.
///
/// The time is the caller's: everything happens within a call that says when it is.
class Video {
 public:
  struct Callbacks {
    std::function<void(std::size_t layer, const EncodedFrame& frame)> on_frame;
    /// departure() may have come nearer.
    std::function<void()> on_held;
    /// The SFU wants this layer, for the first time or again.
    std::function<void(std::size_t layer)> on_enabled;
    /// The transcoder keeps breaking; no more frames will come.
    std::function<void(Error error)> on_error;
    /// The source is to send a key frame of its layer (VideoUnit::layer) as soon as it can; empty:
    /// it takes no such requests.
    std::function<void(std::size_t source_layer)> request_source_key_frame = {};
  };

  Video() = default;
  virtual ~Video() = default;
  Video(const Video&) = delete;
  Video& operator=(const Video&) = delete;

  /// Looks into a unit, for OnMessage().
  virtual VideoMessage Read(stream::VideoUnit unit) = 0;

  /// `placed`: on the session's time line, of a message that begins a picture. A message that is of
  /// no use is no error, it is counted: see health().
  /// Errors: kUnsupported, kMalformed for a stream that, without transcoding, cannot be passed;
  /// kInternal when the transcoder cannot be started.
  virtual Result<void> OnMessage(VideoMessage message, Placed placed, TimePoint now) = 0;

  /// A video message that does not parse.
  virtual void OnUnreadable(const Error& error, TimePoint now) = 0;

  /// The input says how many layers it sends.
  virtual void ExpectLayers(std::size_t /*layers*/) {}

  /// A message of the audio track has come.
  virtual void OnOtherTrack(TimePoint now) = 0;

  /// Another connection of the encoder begins. Errors: as OnMessage().
  virtual Result<void> OnConnection(TimePoint now) = 0;

  /// The room takes no H.264: encode VP8 from now on. Before anything was published only.
  virtual void UseVp8(TimePoint now) = 0;

  /// The layers are known: a track may be published.
  virtual bool ready() const = 0;
  virtual const std::vector<LayerSpec>& layers() const = 0;
  virtual VideoCodec output_codec() const = 0;

  /// The source has outgrown the layers for long enough, and a key frame of it has just come: the
  /// track should be published anew.
  virtual bool outgrown(TimePoint now) const = 0;
  /// It should, but no key frame came for long.
  virtual bool outgrown_in_vain(TimePoint now) const = 0;
  /// Computes the layers anew, for a track that is to be published in place of the last.
  virtual void RenewLayers(TimePoint now) = 0;

  /// The output wants these layers, by index, and no others.
  virtual void OnDemand(const std::vector<bool>& wanted, TimePoint now) = 0;

  /// Somebody who may watch is in the room, or nobody.
  virtual void OnAudience(bool present, TimePoint now) = 0;

  /// Takes what the uplink carries of video, in bits per second; empty: no limit is known.
  virtual void OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now) = 0;

  /// The audio packet of `pts` was sent.
  virtual void OnAudioSent(SessionTime pts, TimePoint now) = 0;

  /// A batch of media has come, all of which was given to OnMessage().
  virtual void OnTick(TimePoint now) = 0;

  /// Sets the time between batches of media; zero: media comes as it arrives.
  virtual void SetBatchInterval(std::chrono::milliseconds batch_interval) = 0;

  /// When the next picture that is held, for lower layers, for the other feed of the highest layer
  /// or for its audio, is to leave by a call of ReleaseHeld(); hold_limits.h says by when it does.
  virtual std::optional<SessionTime> departure() const = 0;
  virtual void ReleaseHeld(TimePoint now) = 0;

  /// A viewer needs a key frame of this layer.
  virtual void RequestKeyFrame(std::size_t layer, TimePoint now) = 0;
  /// What is sent from now on arrives, so every active layer begins with a key frame.
  virtual void OnTransportReady(TimePoint now) = 0;

  /// Deadlines: call every few tens of milliseconds. Errors: as OnMessage().
  virtual Result<void> Poll(TimePoint now) = 0;

  virtual Route route() const = 0;
  /// Why the route is what it is, in words for the stream's owner.
  virtual const std::string& route_reason() const = 0;

  virtual LayerRoute layer_route(std::size_t layer) const = 0;
  virtual Shedding shedding() const = 0;
  virtual std::uint64_t backlogs() const = 0;

  virtual const std::optional<VideoFormat>& format() const = 0;
  virtual VideoSource::Counters counters() const = 0;
  virtual const TrackHealth& health() const = 0;
  virtual bool too_large() const = 0;
  /// A transcoder runs for this session.
  virtual bool transcodes() const = 0;

  virtual ProcessUsage transcoder_usage() const = 0;
  virtual double frames_per_second() const = 0;
  virtual std::uint32_t bits_per_second() const = 0;
};

}  // namespace ingress::pipeline
