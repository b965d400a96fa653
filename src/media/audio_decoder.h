#pragma once

#include <functional>

#include "base/result.h"
#include "media/audio_transcoder.h"
#include "media/libav_ptr.h"

namespace ingress::media {

/// Decodes one audio stream with libavcodec.
class AudioDecoder {
 public:
  static constexpr std::size_t kMaxCodedFrame = 64 * 1024;  // bytes

  using OnFrame = std::function<Result<void>(const AVFrame& frame)>;

  /// Errors: as AudioTranscoder::Make().
  static Result<AudioDecoder> Make(const AudioInput& input);

  /// Decodes one coded frame (for MP3 any part of the stream) and calls `on_frame` for each frame
  /// that became complete. Errors: kMalformed when the decoder refuses it, kLimitExceeded above
  /// kMaxCodedFrame, and those of `on_frame`.
  Result<void> Decode(ByteView coded, const OnFrame& on_frame);

 private:
  AudioDecoder();

  Result<void> Open(const AudioInput& input);
  Result<void> FillPacket(ByteView coded);
  Result<void> DecodeFrame(ByteView coded, const OnFrame& on_frame);
  Result<void> DecodeStream(ByteView bytes, const OnFrame& on_frame);

  AudioCodec codec_ = AudioCodec::kAac;
  AvPtr<AVCodecContext> context_;
  AvPtr<AVCodecParserContext> parser_;  // for codecs whose tags do not hold whole frames
  AvPtr<AVBufferRef> buffer_;           // of the packet
  AvPtr<AVPacket> packet_;
  AvPtr<AVFrame> frame_;
  Bytes padded_;  // for the parser, which reads past the end of its input
};

}  // namespace ingress::media
