#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/process_usage.h"
#include "domain/encoding.h"
#include "domain/failure.h"
#include "domain/media_options.h"
#include "domain/warning.h"
#include "handler/input_watch.h"
#include "handler/track_muting.h"
#include "handler/track_publisher.h"
#include "ingress_ipc.pb.h"
#include "observability/logger.h"
#include "output/output.h"
#include "pipeline/audio/audio_pipeline.h"
#include "pipeline/pacing/audio_pacer.h"
#include "pipeline/pacing/audio_packet_aligner.h"
#include "pipeline/pacing/batch_interval_policy.h"
#include "pipeline/pacing/forward_rtp_time.h"
#include "pipeline/pacing/input_aligner.h"
#include "pipeline/source/track_health.h"
#include "pipeline/video/video.h"
#include "stream/timestamp.h"
#include "stream/unit.h"
#include "timing/timeline.h"
#include "transcoder/client.h"

namespace ingress::handler {

/// One ingress session: what its input sends goes through the pipelines into an output, until the
/// stream ends, Stop() is called or something fails.
///
/// Sans-IO. It has no clock, no timer and no connection of its own: the time is given to it, its
/// owner (SessionRunner) reads the input and calls Poll() and ReleaseHeld() when they are due, and
/// the output is what a factory makes. Every call is legal at every moment of its life. Confined to
/// one thread.
class PublishSession {
 public:
  struct Callbacks {
    /// Receives the whole state whenever it changed; at most once per second, except after a change
    /// of the route or of the publication.
    std::function<void(const ipc::State& state)> on_state = [](const ipc::State&) {};
    /// Every second.
    std::function<void(const ipc::Counters& counters)> on_counters = [](const ipc::Counters&) {};
    /// Media is to gather for so long between reads; see OnBatchIntervalSet().
    std::function<void(std::chrono::milliseconds interval)> set_batch_interval =
        [](std::chrono::milliseconds) {};
    /// deadline() or departure() may have changed.
    std::function<void()> on_schedule;
    /// It is over; see failure(). Once. Then Leave() is due.
    std::function<void()> on_ended;
    /// The output has been left: the session may be destroyed.
    std::function<void()> on_left;

    // The way back to the input; see input::Source.
    std::function<void(std::size_t layer)> request_key_frame = {};  // empty: it serves none
    std::function<void()> on_tracks_up = [] {};
    std::function<void(bool watched)> on_watched = [](bool) {};
  };

  /// What the job asks for, resolved.
  struct Encodings {
    VideoEncoding video;
    AudioEncoding audio;
  };

  struct Parts {
    ipc::Job job;
    SessionClock clock;
    TimeSource time = Clock::now;
    /// Makes the session's output. Frames go to one output; see output::Output.
    std::function<std::unique_ptr<output::Output>(const Encodings& encodings,
                                                  output::Output::Callbacks callbacks)>
        make_output;
    /// Adds to the state what the output's own kind knows of its tracks.
    std::function<void(ipc::State& state)> add_tracks = [](ipc::State&) {};
    std::function<std::uint32_t()> random = RandomU32;  // see net::Backoff
    bool sender_layers = false;      // the input gives layers, which are to be those of the track
    transcoder::Client& transcoder;  // outlives the session
    Callbacks callbacks;
    observability::Logger logger = observability::Logger::Null();
  };

  /// Errors: kInvalidArgument for an encoding that the job asks for and that does not exist.
  static Result<std::unique_ptr<PublishSession>> Make(Parts parts);
  ~PublishSession();
  PublishSession(const PublishSession&) = delete;
  PublishSession& operator=(const PublishSession&) = delete;

  /// Begins to join the output. Once.
  void Start();

  /// Ends the session in order.
  void Stop(const std::string& reason);

  /// A connection of the encoder begins: the first, or one that follows another.
  void OnConnection();

  /// Takes what one read brought.
  void OnUnits(stream::Units units);

  /// Media is read at this interval from now on, by order or because another encoder is there;
  /// zero: as it arrives.
  void OnBatchIntervalSet(std::chrono::milliseconds interval);

  /// The input is over in order, and nothing can follow.
  void OnInputEnded();

  /// The input cannot be read.
  void OnInputLost(Failure failure);

  /// When Poll() is due, also while media comes; it may be called sooner.
  TimePoint deadline() const;
  void Poll();

  /// When ReleaseHeld() is due to send what is held; TimePoint::max() while nothing is.
  TimePoint departure() const;
  void ReleaseHeld();

  /// Leaves the output, after the end.
  void Leave() { output_->Leave(); }

  bool ended() const { return ended_; }
  /// Why it ended; empty: in order.
  const std::optional<Failure>& failure() const { return failure_; }

  /// Changes the participant's name and metadata in the room; empty texts change nothing.
  void UpdateParticipant(std::string name, std::string metadata);

  /// The session's inner state for people: a JSON object.
  boost::json::object Dump() const;

  /// What the session's other processes use and have used.
  ProcessUsage children_usage() const { return video_->transcoder_usage(); }

 private:
  PublishSession(Parts parts, const Encodings& encodings);
  void MakePipelines(const Encodings& encodings);
  std::unique_ptr<pipeline::Video> MakeVideo(const VideoEncoding& encoding,
                                             const MediaOptions& media);
  void MakeOutput(const Encodings& encodings);
  void End(std::optional<Failure> failure);
  /// What every call ends with: publishes what has become ready.
  void Advance();
  TimePoint Now() const { return parts_.time(); }
  SessionTime SessionNow() const { return parts_.clock.At(Now()); }

  void OnOutputJoined();
  void OnOutputPublished();
  void OnOutputEnded(const output::Ended& ended);
  void OnDemand(const std::vector<bool>& wanted);
  void OnAudience(bool present);
  void ReportWatched();
  /// Some layer of the video is wanted, or there is none that could be.
  bool Watched() const { return !video_->ready() || video_->route() != Route::kIdle; }

  // publish_session_input.cc
  void OnUnit(stream::VideoUnit unit, TimePoint now);
  void OnUnit(stream::AudioUnit unit, TimePoint now);
  void OnUnit(stream::Metadata metadata, TimePoint now);
  void OnUnit(stream::Unreadable unit, TimePoint now);
  Placed Place(TrackKind kind, const stream::Timestamp& dts, SessionTime duration, TimePoint now);
  Placed PlaceVideo(const stream::VideoUnit& unit, TimePoint now);
  bool Passes(TrackKind kind, const std::optional<Placed>& placed, TimePoint now);
  Result<void> TakeVideo(pipeline::VideoMessage message, Placed placed, TimePoint now);
  void TakeAudio(const stream::AudioUnit& unit, Placed placed, TimePoint now);
  void EndIfFailed(const Result<void>& taken);
  Failure InputFailure(TrackKind kind, const Error& error) const;

  void TickIfDue(TimePoint now);
  void Tick(TimePoint now);
  void OnTransportReady();
  void WatchInput(TimePoint now);
  void CheckForMedia(TimePoint now);
  void CheckHealth(TimePoint now);
  void ReportWarnings(TimePoint now);
  void WarnOfSkew(TimePoint now);
  void ReportRefused(const output::Stats& stats);
  void SendVideo(std::size_t layer, const EncodedFrame& frame);
  void PaceAudio(const media::AudioTranscoder::Packet& packet);
  void SendAudio(const EncodedFrame& packet, int level_dbov);

  void ReportState(bool at_once);
  void OrderBatchInterval();
  void FollowBatchInterval();
  ipc::State MakeState() const;
  ipc::Counters MakeCounters(const output::Stats& stats) const;

  Parts parts_;
  observability::Logger logger_;

  TimePoint ticked_at_;
  std::chrono::milliseconds tick_every_;
  TimePoint next_watch_;
  TimePoint next_report_;
  Timeline timeline_;
  Warnings warnings_;
  InputWatch input_watch_;
  pipeline::InputAligner aligner_;
  SessionTime audio_input_{};      // time of the message that the audio pipeline has
  pipeline::RtpOffset audio_rtp_;  // by the packets that come of it
  pipeline::ForwardRtpTime video_rtp_;
  bool skew_was_large_ = false;  // at the last look
  std::uint64_t refused_ = 0;    // packets, likewise
  // These are there as long as the session.
  std::unique_ptr<pipeline::AudioPipeline> audio_;
  std::unique_ptr<pipeline::Video> video_;
  std::unique_ptr<output::Output> output_;
  std::optional<TrackMuting> muting_;
  std::optional<TrackPublisher> publisher_;
  pipeline::AudioPacer audio_pacer_;
  pipeline::AudioPacketAligner packet_aligner_;
  pipeline::BatchIntervalPolicy batching_;

  std::string encoder_;  // what it calls itself
  double delay_ms_ = 0;  // from a frame's media time to its sending, smoothed
  bool transport_ready_ = false;
  bool audience_ = false;  // somebody is there who may watch
  bool watched_ = false;   // as the input was told
  std::string reported_;   // the last state, serialised

  bool ended_ = false;
  std::optional<Failure> failure_;
};

}  // namespace ingress::handler
