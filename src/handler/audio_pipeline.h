#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "flv/audio_tag.h"
#include "handler/input_meter.h"
#include "media/audio_transcoder.h"
#include "observability/logger.h"

namespace ingress::handler {

/// FLV audio tags in, 20 ms Opus packets out; a new transcoder whenever the input's format changes.
class AudioPipeline {
 public:
  using OnPacket = std::function<void(const media::AudioTranscoder::Packet& packet)>;

  AudioPipeline(media::OpusOptions output, OnPacket on_packet, observability::Logger logger);

  /// `pts`: the tag's time on the session's time line.
  /// Errors: kUnsupported or kMalformed when the format cannot be decoded. A frame that the decoder
  /// refuses is no error, it is counted.
  Result<void> OnTag(const flv::AudioTag& tag, SessionTime pts, TimePoint now);

  /// The format is known and can be transcoded: a track may be published.
  bool ready() const { return transcoder_ != nullptr; }

  std::string mime_type() const;
  int sample_rate() const;  // Hz, of the input
  int channels() const;     // of the input
  std::uint32_t bits_per_second() const { return meter_.bits_per_second(); }
  std::uint64_t before_header() const { return before_header_; }
  std::uint64_t decode_errors() const { return decode_errors_; }

 private:
  Result<void> Adopt(media::AudioInput input);

  media::OpusOptions output_;
  OnPacket on_packet_;
  observability::Logger logger_;
  media::AudioInput input_;
  std::unique_ptr<media::AudioTranscoder> transcoder_;
  InputMeter meter_;
  std::uint64_t before_header_ = 0;
  std::uint64_t decode_errors_ = 0;
};

}  // namespace ingress::handler
