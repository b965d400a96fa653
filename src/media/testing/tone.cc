#include "media/testing/tone.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "media/libav_ptr.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
}

namespace ingress::media {
namespace {

constexpr int kAnyFrameSize = 1024;

AVCodecID EncoderOf(AudioCodec codec) {
  switch (codec) {
    case AudioCodec::kFlac:
      return AV_CODEC_ID_FLAC;
    case AudioCodec::kAc3:
      return AV_CODEC_ID_AC3;
    case AudioCodec::kEac3:
      return AV_CODEC_ID_EAC3;
    case AudioCodec::kNellymoser:
      return AV_CODEC_ID_NELLYMOSER;
    case AudioCodec::kAdpcmSwf:
      return AV_CODEC_ID_ADPCM_SWF;
    case AudioCodec::kPcmU8:
      return AV_CODEC_ID_PCM_U8;
    case AudioCodec::kPcmS16:
      return AV_CODEC_ID_PCM_S16LE;
    case AudioCodec::kOpus:
      return AV_CODEC_ID_OPUS;
    default:
      return AV_CODEC_ID_AAC;
  }
}

void Write(AVFrame& frame, int channel, int at, double value) {
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const int index = planar ? at : at * frame.ch_layout.nb_channels + channel;
  std::uint8_t* plane = frame.extended_data[planar ? channel : 0];
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8:
      plane[index] = static_cast<std::uint8_t>(std::lround(value * 127) + 128);
      break;
    case AV_SAMPLE_FMT_S16:
      reinterpret_cast<std::int16_t*>(plane)[index] =
          static_cast<std::int16_t>(std::lround(value * 32767));
      break;
    case AV_SAMPLE_FMT_FLT:
      reinterpret_cast<float*>(plane)[index] = static_cast<float>(value);
      break;
    default:
      ADD_FAILURE() << "sample format " << frame.format;
  }
}

}  // namespace

AudioClip EncodeTones(AudioCodec codec, int sample_rate, const std::vector<Tone>& speakers) {
  AudioClip clip;
  const AVCodec* encoder = avcodec_find_encoder(EncoderOf(codec));
  const AvPtr<AVCodecContext> context(avcodec_alloc_context3(encoder));
  context->sample_fmt = encoder->sample_fmts[0];
  context->sample_rate = sample_rate;
  context->time_base = {1, sample_rate};
  context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  av_channel_layout_default(&context->ch_layout, static_cast<int>(speakers.size()));
  EXPECT_EQ(avcodec_open2(context.get(), encoder, nullptr), 0);
  clip.input = {
      .codec = codec,
      .codec_config = Bytes(context->extradata, context->extradata + context->extradata_size),
      .sample_rate = sample_rate,
      .channels = static_cast<int>(speakers.size())};
  const int frame_size = context->frame_size > 0 ? context->frame_size : kAnyFrameSize;
  const AvPtr<AVPacket> packet(av_packet_alloc());
  for (int start = 0; start < sample_rate; start += frame_size) {
    const AvPtr<AVFrame> frame(av_frame_alloc());
    frame->nb_samples = frame_size;
    frame->format = context->sample_fmt;
    frame->sample_rate = sample_rate;
    frame->pts = start;
    av_channel_layout_default(&frame->ch_layout, static_cast<int>(speakers.size()));
    EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
    for (int at = 0; at < frame_size; ++at) {
      for (std::size_t i = 0; i < speakers.size(); ++i) {
        const double phase =
            2 * std::numbers::pi * speakers[i].frequency * (start + at) / sample_rate;
        Write(*frame, static_cast<int>(i), at, speakers[i].amplitude * std::sin(phase));
      }
    }
    EXPECT_EQ(avcodec_send_frame(context.get(), frame.get()), 0);
    while (avcodec_receive_packet(context.get(), packet.get()) == 0) {
      const auto frames = static_cast<std::int64_t>(clip.frames.size()) * frame_size;
      clip.frames.push_back({Bytes(packet->data, packet->data + packet->size),
                             SessionTime(frames * std::nano::den / sample_rate)});
      av_packet_unref(packet.get());
    }
  }
  return clip;
}

}  // namespace ingress::media
