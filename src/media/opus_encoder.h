#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "media/audio_transcoder.h"

struct OpusEncoder;

namespace ingress::media {

/// Encodes blocks of 20 ms with libopus: constrained VBR, tuned for music and speech alike.
class OpusPacketEncoder {
 public:
  /// Errors: kUnsupported for options out of range.
  static Result<OpusPacketEncoder> Make(const OpusOptions& options);

  /// `samples`: interleaved F32 at 48 kHz, 20 ms. Errors: kInternal.
  Result<Bytes> Encode(std::span<const float> samples);

 private:
  struct Destroy {
    void operator()(OpusEncoder* encoder) const;
  };

  std::unique_ptr<OpusEncoder, Destroy> encoder_;
};

}  // namespace ingress::media
