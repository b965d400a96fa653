#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flv/audio_tag.h"
#include "handler/input_meter.h"
#include "handler/opus_judge.h"
#include "handler/packet_grid.h"
#include "media/audio_transcoder.h"
#include "media/opus_level.h"
#include "observability/logger.h"

namespace ingress::handler {

/// FLV audio tags in, Opus packets out: Opus that fits as it came, everything else transcoded to
/// 20 ms packets. The output stays one stream whatever the input changes to; its times only grow.
class AudioPipeline {
 public:
  using OnPacket = std::function<void(const media::AudioTranscoder::Packet& packet)>;

  /// `always_transcode`: even Opus that would fit.
  AudioPipeline(media::OpusOptions output, OnPacket on_packet, observability::Logger logger,
                bool always_transcode = false);

  /// `pts`: the tag's time on the session's time line.
  /// Errors: kUnsupported or kMalformed when the format cannot be decoded. A frame that the decoder
  /// refuses is no error, it is counted.
  Result<void> OnTag(const flv::AudioTag& tag, SessionTime pts, TimePoint now);

  /// What the network loses of our packets, 0 to 1: decides on in-band FEC.
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
  std::uint64_t decode_errors() const { return decode_errors_; }

 private:
  Result<void> OnHeader(const flv::AudioTag& tag);
  Result<void> OnBadHeader(Error error);
  Result<void> OnFrame(const flv::AudioTag& tag, SessionTime pts);
  void Adopt(media::AudioInput input);
  Result<void> PrepareTranscoder();
  void PassThrough(ByteView packet, SessionTime pts);
  void TakeRoute(bool passes, std::string_view reason);
  void Emit(const media::AudioTranscoder::Packet& packet);

  media::OpusOptions output_;
  OnPacket on_packet_;
  observability::Logger logger_;
  bool always_transcode_;

  std::optional<media::AudioInput> input_;  // once it is known
  InputMeter meter_;
  std::uint64_t before_header_ = 0;
  std::uint64_t decode_errors_ = 0;
  double packet_loss_ = 0;

  bool passes_ = false;
  std::string reason_;
  OpusJudge judge_;
  PacketGrid grid_;
  std::optional<media::OpusLevel> level_;  // once something passes through
  media::AudioTranscoder::Packet packet_;  // reused for what passes through
  std::unique_ptr<media::AudioTranscoder> transcoder_;
  bool input_changed_ = false;                   // the transcoder does not know it yet
  SessionTime not_before_ = SessionTime::min();  // of the next packet
};

}  // namespace ingress::handler
