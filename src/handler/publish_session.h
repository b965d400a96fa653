#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/process_usage.h"
#include "domain/failure.h"
#include "domain/warning.h"
#include "flv/audio_tag.h"
#include "flv/metadata.h"
#include "flv/tag.h"
#include "handler/input_loss_muter.h"
#include "handler/input_watch.h"
#include "handler/publish_plan.h"
#include "ingress_ipc.pb.h"
#include "livekit/room.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "pipeline/audio/audio_pipeline.h"
#include "pipeline/pacing/audio_pacer.h"
#include "pipeline/pacing/audio_packet_aligner.h"
#include "pipeline/pacing/input_aligner.h"
#include "pipeline/source/track_health.h"
#include "pipeline/video/video_pipeline.h"
#include "relay_client/stream_client.h"
#include "timing/timeline.h"

namespace ingress::handler {

/// Runs one ingress session: reads the relay, transcodes, publishes into the room, until the stream
/// ends, Stop() is called or something fails. Confined to `executor`; runs once.
class PublishSession {
 public:
  /// Receives the complete report whenever it changed; at most once per second, except after a
  /// change of the route or of the publication.
  using OnReport = std::function<void(const ipc::Report& report)>;

  /// Everything else is legal from here on, at every moment of the session's life.
  /// Errors: kInvalidArgument for an encoding that the job asks for and that does not exist.
  static Result<std::unique_ptr<PublishSession>> Make(const boost::asio::any_io_executor& executor,
                                                      ipc::Job job, OnReport on_report,
                                                      observability::Logger logger);
  ~PublishSession();
  PublishSession(const PublishSession&) = delete;
  PublishSession& operator=(const PublishSession&) = delete;

  /// Returns when the session has left the room. Empty: it ended in order.
  boost::asio::awaitable<std::optional<Failure>> Run();

  /// Ends the session in order; Run() returns.
  void Stop(const std::string& reason);

  /// Changes the participant's name and metadata in the room; empty texts change nothing.
  void UpdateParticipant(std::string name, std::string metadata);

  /// The session's inner state for people: a JSON object.
  std::string Dump() const;

  /// What the session's other processes use and have used.
  ProcessUsage children_usage() const { return video_->transcoder_usage(); }

 private:
  PublishSession(const boost::asio::any_io_executor& executor, ipc::Job job, OnReport on_report,
                 observability::Logger logger, VideoEncoding video, AudioEncoding audio);
  void MakePipelines();
  void MakeRoom();
  void End(std::optional<Failure> failure);

  boost::asio::awaitable<void> JoinRoom();
  boost::asio::awaitable<Result<livekit::Room::Joined>> JoinPatiently();
  boost::asio::awaitable<void> ReadStream();
  boost::asio::awaitable<void> ReadGeneration();
  boost::asio::awaitable<void> PublishTracks();
  boost::asio::awaitable<void> KeepTicking();
  boost::asio::awaitable<void> ReleaseHeld();
  boost::asio::awaitable<Result<void>> Publish(PublishPlan::Tracks tracks);
  boost::asio::awaitable<Result<void>> RepublishVideo();
  livekit::VideoTrackOptions VideoTrack() const;

  void OnTags(std::vector<flv::Tag> tags);
  Result<void> OnTag(flv::Tag tag);
  Result<void> OnVideo(flv::Tag tag, TimePoint now);
  void OnAudio(flv::Tag tag, TimePoint now);
  Placed Place(TrackKind kind, std::uint32_t timestamp, SessionTime duration, TimePoint now);
  bool Passes(TrackKind kind, const std::optional<Placed>& placed, TimePoint now);
  Result<void> TakeVideo(pipeline::VideoMessage message, Placed placed, TimePoint now);
  void TakeAudio(const flv::AudioTag& audio, Placed placed, TimePoint now);
  Result<void> BeginConnection(TimePoint now);
  void EndIfFailed(const Result<void>& taken);
  void OnScript(const flv::Tag& tag);
  void Tick(TimePoint now);
  void OnTransportReady();
  void CheckForMedia(TimePoint now);
  void CheckHealth(TimePoint now);
  void ReportWarnings(TimePoint now);
  void WarnOfSkew(TimePoint now);
  void ReportRefused();
  void SendVideo(std::size_t layer, const EncodedFrame& frame);
  void PaceAudio(const media::AudioTranscoder::Packet& packet);
  std::optional<SessionTime> NextDeparture() const;
  void OnHeld();
  void SendAudio(const EncodedFrame& packet, int level_dbov);
  void ActOnVideo(InputLossMuter::Action action);
  void ActOnAudio(InputLossMuter::Action action);
  PublishPlan::Known Known() const;

  void Report(bool at_once);
  ipc::Report MakeReport() const;
  std::chrono::milliseconds WantedBatchInterval() const;
  void ApplyBatchInterval(std::chrono::milliseconds batch_interval);
  void AddCounters(ipc::Report& report) const;

  boost::asio::any_io_executor executor_;
  ipc::Job job_;
  OnReport on_report_;
  observability::Logger logger_;
  net::TaskScope tasks_;

  SessionClock clock_;
  TimePoint ticked_at_;
  TimePoint next_report_;
  Timeline timeline_;
  Warnings warnings_;
  InputWatch input_watch_;
  pipeline::InputAligner aligner_;
  SessionTime audio_input_{};      // time of the message that the audio pipeline has
  pipeline::RtpOffset audio_rtp_;  // by the packets that come of it
  bool skew_was_large_ = false;    // at the last look
  std::uint64_t refused_ = 0;      // packets, likewise
  AudioEncoding audio_encoding_;
  VideoEncoding video_encoding_;
  // These three are there as long as the session.
  std::unique_ptr<pipeline::AudioPipeline> audio_;
  std::unique_ptr<pipeline::VideoPipeline> video_;
  std::unique_ptr<livekit::Room> room_;
  pipeline::AudioPacer audio_pacer_;
  pipeline::AudioPacketAligner packet_aligner_;
  boost::asio::steady_timer departure_;  // of what is held; cancelled when it moves
  std::unique_ptr<relay_client::StreamClient> stream_;

  std::optional<livekit::Room::Joined> joined_;
  std::optional<flv::Metadata> metadata_;
  PublishPlan plan_;
  bool republish_due_ = false;
  std::optional<InputLossMuter> video_muter_;  // once the track is published
  std::optional<InputLossMuter> audio_muter_;
  double delay_ms_ = 0;  // from a frame's media time to its sending, smoothed
  std::optional<TimePoint> transport_ready_at_;
  std::string last_report_;

  bool ended_ = false;
  std::optional<Failure> failure_;
  boost::asio::steady_timer end_;      // cancelled by End()
  boost::asio::steady_timer changed_;  // cancelled when a track may have become publishable
};

}  // namespace ingress::handler
