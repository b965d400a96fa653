#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "media/audio_transcoder.h"
#include "stream/unit.h"

namespace ingress::pipeline {

/// Follows the format of an encoder's audio, which its sequence headers state, as do the frames of
/// most codecs.
///
/// One odd message does not change a running stream. A header of another codec counts when frames
/// of that codec follow, frames without such a header when kConvincing of them come in a row. AAC
/// goes on with the configuration it had, and without one where its frames carry ADTS or LATM.
///
/// Sans-IO. Its owner says by Adopt() which format is decoded: one that no decoder takes must not
/// replace one that works.
class AudioSource {
 public:
  /// This many frames in a row of another format are a change, not a mistake.
  static constexpr int kConvincing = 3;

  enum class Verdict : std::uint8_t {
    kTake,     // the frame is of the format that was adopted
    kAdopt,    // it is of `format`, which is to be adopted first
    kForeign,  // it does not belong to the stream
    kWait,     // it needs a header that has not come
  };
  struct Judgement {
    Verdict verdict = Verdict::kTake;
    std::optional<media::AudioInput> format{};  // with kAdopt
  };

  /// Takes a sequence header, or how many channels there are. Returns what is to be adopted, if
  /// anything.
  /// Errors: kMalformed, kUnsupported: the header is of no use, all stays as it was.
  Result<std::optional<media::AudioInput>> OnHeader(const stream::AudioUnit& unit);

  /// `unit`: a coded frame with a codec that is known.
  Judgement OnFrame(const stream::AudioUnit& unit);

  /// The duration of a coded frame, where its header says it. Empty: only its decoder knows.
  std::optional<SessionTime> DurationOf(const stream::AudioUnit& frame) const;

  /// From now on this is decoded.
  void Adopt(media::AudioInput format);

  const std::optional<media::AudioInput>& format() const { return format_; }

 private:
  std::optional<media::AudioInput> FormatOf(const stream::AudioUnit& frame) const;
  bool Fits(const stream::AudioUnit& frame) const;

  std::optional<media::AudioInput> format_;     // adopted
  std::optional<media::AudioInput> announced_;  // by a header, of another codec than format_
  std::optional<media::AudioInput> aac_;        // the newest configuration that was adopted
  std::optional<media::AudioInput> stranger_;   // of the newest frame that did not fit …
  int strangers_ = 0;                           // … and how many in a row were of it
  SessionTime aac_duration_{};                  // of a frame of aac_
};

}  // namespace ingress::pipeline
