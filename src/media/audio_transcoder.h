#pragma once

#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"

namespace ingress::media {

/// What an audio stream is. Codecs whose frames say it themselves need no more than the codec.
struct AudioInput {
  AudioCodec codec = AudioCodec::kAac;
  Bytes codec_config;   // AAC: AudioSpecificConfig; Opus: OpusHead; FLAC: STREAMINFO; others: empty
  int sample_rate = 0;  // Hz; taken from the config where the codec has one
  int channels = 0;

  bool operator==(const AudioInput&) const = default;
};

struct OpusOptions {
  int channels = 2;      // 1 or 2
  int bitrate = 96'000;  // bits per second
  bool dtx = true;
  bool in_band_fec = false;  // from the start; SetPacketLoss() turns it on in any case
  int complexity = 5;        // 0 to 10
};

/// Decodes one audio stream and encodes it as 20 ms Opus packets at 48 kHz.
///
/// Runs on the calling thread and needs no lock. The time of each packet follows the input's
/// timestamps as SampleAligner says: packets follow on one another exactly while the input is
/// continuous, whatever its clock does, and a long gap is a jump.
class AudioTranscoder {
 public:
  struct Packet {
    EncodedFrame frame;    // duration is 20 ms, less after Move(); no payload when `dtx`
    int level_dbov = 127;  // RFC 6464 level: 0 loudest, 127 silence
    bool dtx = false;      // nothing to hear: need not be sent, the time passes all the same
  };
  /// `packet`: valid during the call.
  using OnPacket = std::function<void(const Packet& packet)>;

  /// Errors: kUnsupported when no decoder knows the stream or the options are out of range,
  /// kMalformed for a bad config.
  static Result<std::unique_ptr<AudioTranscoder>> Make(const AudioInput& input,
                                                       const OpusOptions& output,
                                                       OnPacket on_packet);
  ~AudioTranscoder();

  /// Goes on with input of another format; the output stays one stream. Errors: as Make(), and
  /// nothing is changed.
  Result<void> SetInput(const AudioInput& input);

  /// Decodes one coded frame that starts at `pts` and calls back for the packets that became
  /// complete. An empty frame yields nothing. Errors: kMalformed when the decoder refuses the
  /// frame, kUnsupported when it decodes to more than 192 kHz or 8 channels; the next call may work
  /// again.
  Result<void> Push(ByteView coded, SessionTime pts);

  /// What the network loses, 0 to 1: from a hundredth on, packets repeat their predecessors
  /// (in-band FEC, RFC 6716 §2.1.7) where the encoder codes speech.
  void SetPacketLoss(double loss);

  /// Lets packets begin `by` later from the next one on, by way of one or two shorter ones; a
  /// multiple of 5 ms, below 20 ms.
  void Move(std::chrono::milliseconds by);

  /// The duration of the audio that the last Push() decoded; zero when it decoded none.
  SessionTime decoded() const;

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
