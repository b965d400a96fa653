#include "media/opus_encoder.h"

#include <opus.h>

#include <algorithm>
#include <array>
#include <string>

#include "codec/opus_format.h"

namespace ingress::media {
namespace {

constexpr std::size_t kMaxPacket = 1275;  // bytes of one frame, RFC 6716 §3.2.1
constexpr int kExpectedLossPercent = 5;   // how much in-band FEC prepares for

}  // namespace

void OpusPacketEncoder::Destroy::operator()(OpusEncoder* encoder) const {
  opus_encoder_destroy(encoder);
}

Result<OpusPacketEncoder> OpusPacketEncoder::Make(const OpusOptions& options) {
  int error = OPUS_OK;
  OpusPacketEncoder made;
  made.encoder_.reset(
      opus_encoder_create(codec::kOpusRate, options.channels, OPUS_APPLICATION_AUDIO, &error));
  if (error != OPUS_OK) {
    return Fail(ErrorCode::kUnsupported, std::string("Opus encoder: ") + opus_strerror(error));
  }
  OpusEncoder* encoder = made.encoder_.get();
  opus_int32 lookahead = 0;  // samples
  const std::array results = {
      opus_encoder_ctl(encoder, OPUS_SET_BITRATE(options.bitrate)),
      opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(options.complexity)),
      opus_encoder_ctl(encoder, OPUS_SET_VBR(1)),
      opus_encoder_ctl(encoder, OPUS_SET_VBR_CONSTRAINT(1)),
      opus_encoder_ctl(encoder, OPUS_SET_DTX(options.dtx ? 1 : 0)),
      opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&lookahead)),
  };
  for (const int result : results) {
    if (result != OPUS_OK) {
      return Fail(ErrorCode::kUnsupported, std::string("Opus options: ") + opus_strerror(result));
    }
  }
  made.lookahead_ = SessionTime(lookahead * std::nano::den / codec::kOpusRate);
  made.channels_ = static_cast<std::size_t>(options.channels);
  made.always_fec_ = options.in_band_fec;
  made.SetPacketLoss(0);
  return made;
}

Result<void> OpusPacketEncoder::Encode(std::span<const float> samples, Bytes& packet) {
  packet.resize(kMaxPacket);
  const auto frames = static_cast<int>(samples.size() / channels_);
  const int size =
      opus_encode_float(encoder_.get(), samples.data(), frames, packet.data(), kMaxPacket);
  if (size < 0) {
    packet.clear();
    return Fail(ErrorCode::kInternal, std::string("Opus encoder: ") + opus_strerror(size));
  }
  packet.resize(static_cast<std::size_t>(size));
  return {};
}

void OpusPacketEncoder::SetPacketLoss(int percent) {
  const bool fec = always_fec_ || percent > 0;
  const int expected = always_fec_ ? std::max(percent, kExpectedLossPercent) : percent;
  // Neither can fail: both values are in range.
  static_cast<void>(opus_encoder_ctl(encoder_.get(), OPUS_SET_INBAND_FEC(fec ? 1 : 0)));
  static_cast<void>(opus_encoder_ctl(encoder_.get(), OPUS_SET_PACKET_LOSS_PERC(expected)));
}

}  // namespace ingress::media
