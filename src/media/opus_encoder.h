#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "media/audio_transcoder.h"

struct OpusEncoder;

namespace ingress::media {

/// Encodes blocks of 20, 10 or 5 ms with libopus: constrained VBR, tuned for music and speech
/// alike.
class OpusPacketEncoder {
 public:
  /// Errors: kUnsupported for options out of range.
  static Result<OpusPacketEncoder> Make(const OpusOptions& options);

  /// `samples`: interleaved F32 at 48 kHz, one block. Replaces `packet`, whose memory is reused.
  /// Errors: kInternal.
  Result<void> Encode(std::span<const float> samples, Bytes& packet);

  /// `percent`: of packets that the network loses. From 1 on, in-band FEC is used.
  void SetPacketLoss(int percent);

  /// How much later than its input the encoder's output is.
  SessionTime lookahead() const { return lookahead_; }

 private:
  struct Destroy {
    void operator()(OpusEncoder* encoder) const;
  };

  std::unique_ptr<OpusEncoder, Destroy> encoder_;
  std::size_t channels_ = 0;
  SessionTime lookahead_{};
  bool always_fec_ = false;
};

}  // namespace ingress::media
