#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/decoder_memory.h"

namespace ingress::media {

/// Turns coded pictures as containers carry them into what decoders like best.
///
/// H.264 and HEVC become Annex B, with the parameter sets of the container's record in front of
/// the first picture. An SPS that rules out reordering without saying so in its VUI gets the words
/// added, so that the decoder holds no picture back; one that allows more than one picture to be
/// reordered loses these words, because libavcodec would always hold back as many, although x264
/// claims two where B-frames take but one. Left to itself it finds out, at the price of a picture
/// where that is seen too late. A first AV1 picture without a sequence header
/// gets the record's. Other codecs pass unchanged.
///
/// An SPS that asks for more memory than there is never reaches a decoder: what is coded by it is
/// left out before, but one may be announced and not used.
class DecoderInput {
 public:
  /// `codec_config`: as VideoTranscoderOptions; empty when the parameter sets come in-band.
  /// `max_pixels`: as codec::CheckDecoderNeed(). Errors: those of the record's parser.
  static Result<DecoderInput> Make(VideoCodec codec, ByteView codec_config,
                                   std::int64_t max_pixels = codec::kDefaultMaxInputPixels);

  /// Errors: kMalformed for a damaged unit length; the picture is lost, the next may be good.
  Result<Bytes> Convert(Bytes payload);

 private:
  DecoderInput(VideoCodec codec, int nal_length_size, std::int64_t max_pixels)
      : codec_(codec), nal_length_size_(nal_length_size), max_pixels_(max_pixels) {}

  void Append(ByteView nal, Bytes& out) const;
  bool NeedsRewriting(ByteView annex_b) const;
  Bytes Rewritten(ByteView annex_b) const;

  VideoCodec codec_;
  int nal_length_size_;
  std::int64_t max_pixels_;
  Bytes parameter_sets_;  // Annex B or OBUs, until they were sent
};

}  // namespace ingress::media
