#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "media/audio_transcoder.h"
#include "media/opus_level.h"
#include "observability/logger.h"
#include "pipeline/audio/audio_source.h"
#include "pipeline/pacing/timestamp_smoother.h"
#include "pipeline/route/opus_eligibility.h"
#include "pipeline/source/input_meter.h"
#include "pipeline/source/track_health.h"
#include "stream/unit.h"

namespace ingress::pipeline {

/// Turns units of audio into Opus packets: eligible Opus passes unchanged, everything else is
/// transcoded to 20 ms packets. The output stays one stream whatever the input changes to; its
/// times only grow.
class AudioPipeline {
 public:
  using OnPacket = std::function<void(const media::AudioTranscoder::Packet& packet)>;

  /// `always_transcode`: even Opus that would fit.
  AudioPipeline(media::OpusOptions output, OnPacket on_packet, observability::Logger logger,
                bool always_transcode = false);

  /// `pts`: the unit's time on the session's time line. What cannot be used is counted and logged
  /// now and then; the stream goes on with what it has.
  void OnUnit(const stream::AudioUnit& unit, SessionTime pts, TimePoint now);

  /// The duration of a coded frame; zero where that is not known. To be asked before
  /// OnUnit(): codecs that do not say it have frames of one length.
  SessionTime DurationOf(const stream::AudioUnit& unit) const;

  /// Counts and logs a message of the track that could not be used.
  void OnUnusable(Error why, TimePoint now);

  /// Takes the share of our packets that the network loses, 0 to 1; it decides on in-band FEC.
  void SetPacketLoss(double loss);

  /// Lets packets that are transcoded begin `by` later, as media::AudioTranscoder::Move(); those
  /// that pass through stay what they are.
  void MovePackets(std::chrono::milliseconds by);

  /// The format is known and can go out: a track may be published.
  bool ready() const { return transcoder_ != nullptr || passes_; }

  /// "pass-through" or "transcoded", and why, in words.
  std::string_view route() const { return passes_ ? "pass-through" : "transcoded"; }
  const std::string& route_reason() const { return reason_; }

  std::string mime_type() const;
  int sample_rate() const;  // Hz, of the input
  int channels() const;     // of the input
  std::uint32_t bits_per_second() const { return meter_.bits_per_second(); }
  std::uint64_t before_header() const { return before_header_; }
  const TrackHealth& health() const { return health_; }

 private:
  /// What became of a message.
  enum class Use : std::uint8_t { kNone, kWaits, kFrame };

  Result<Use> Take(const stream::AudioUnit& unit, SessionTime pts);
  Result<Use> OnFrame(const stream::AudioUnit& unit, SessionTime pts);
  Result<Use> Transcode(ByteView coded, SessionTime pts);
  Result<void> Adopt(media::AudioInput format);
  Result<void> PrepareTranscoder(const media::AudioInput& format);
  void PassThrough(ByteView packet, SessionTime pts, bool exact);
  void TakeRoute(bool passes, std::string_view reason);
  void Emit(const media::AudioTranscoder::Packet& packet);

  media::OpusOptions output_;
  OnPacket on_packet_;
  observability::Logger logger_;
  bool always_transcode_;

  AudioSource source_;
  TrackHealth health_;
  InputMeter meter_;
  std::uint64_t before_header_ = 0;
  double packet_loss_ = 0;

  bool passes_ = false;
  std::string reason_;
  OpusEligibility eligibility_;
  TimestampSmoother smoother_;
  std::optional<media::OpusLevel> level_;  // once something passes through
  media::AudioTranscoder::Packet packet_;  // reused for what passes through
  std::unique_ptr<media::AudioTranscoder> transcoder_;
  std::optional<media::AudioInput> decoded_;     // what the transcoder is set up for
  int passed_channels_ = 0;                      // of what passes through
  SessionTime not_before_ = SessionTime::min();  // of the next packet
};

}  // namespace ingress::pipeline
