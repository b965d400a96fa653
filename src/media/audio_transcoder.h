#pragma once

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"

namespace ingress::media {

struct AudioInput {
  AudioCodec codec = AudioCodec::kAac;
  Bytes codec_config;   // AAC: AudioSpecificConfig; others: empty
  int sample_rate = 0;  // Hz; taken from the config where the codec has one
  int channels = 0;
};

struct OpusOptions {
  int channels = 2;      // 1 or 2
  int bitrate = 96'000;  // bits per second
  bool dtx = true;
  bool in_band_fec = false;
  int complexity = 5;  // 0 to 10
};

/// Decodes one audio stream and encodes it as 20 ms Opus packets at 48 kHz.
///
/// Runs on the calling thread and needs no lock. The time of each packet follows the input's
/// timestamps; a gap in the input is filled with silence up to `kMaxFilledGap` and becomes a jump
/// of the presentation time beyond it. Timestamp jitter of the container (FLV: whole milliseconds)
/// does not reach the output: packets are exactly 20 ms apart while the input is continuous.
class AudioTranscoder {
 public:
  static constexpr SessionTime kMaxFilledGap = std::chrono::milliseconds(500);

  struct Packet {
    EncodedFrame frame;    // duration is 20 ms
    int level_dbov = 127;  // RFC 6464 level: 0 loudest, 127 silence
    bool dtx = false;      // nothing to hear: need not be sent, the time passes all the same
  };

  /// Errors: kUnsupported when no decoder knows the stream or the options are out of range,
  /// kMalformed for a bad config.
  static Result<std::unique_ptr<AudioTranscoder>> Make(const AudioInput& input,
                                                       const OpusOptions& output);
  ~AudioTranscoder();

  /// Decodes one coded frame that starts at `pts` and returns the packets that became complete.
  /// An empty frame yields nothing. Errors: kMalformed when the decoder refuses the frame,
  /// kUnsupported when it decodes to more than 192 kHz or 8 channels; the next call may work again.
  Result<std::vector<Packet>> Push(ByteView coded, SessionTime pts);

  /// What the decoder found: after the first good frame the stream's real rate and channels
  /// (HE-AAC doubles the one its header states); zero before.
  int input_sample_rate() const;
  int input_channels() const;

 private:
  class Impl;
  explicit AudioTranscoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::media
