#include "media/testing/clips.h"

#include <gtest/gtest.h>
#include <opus.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "codec/opus_format.h"
#include "flv/audio_tag.h"
#include "flv/stream_reader.h"
#include "flv/video_tag.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace ingress::media {
namespace {

std::vector<flv::Tag> ReadTags(const std::string& name) {
  flv::StreamReader reader;
  EXPECT_TRUE(reader.Receive(ReadTestData(name)));
  return reader.TakeTags();
}

int MeanLuma(const AVFrame& frame) {
  std::int64_t sum = 0;
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* row = frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0];
    for (int x = 0; x < frame.width; ++x) sum += row[x];
  }
  return static_cast<int>(sum / (std::int64_t{frame.width} * frame.height));
}

}  // namespace

Bytes ReadTestData(const std::string& name) {
  std::ifstream file(std::string(INGRESS_TEST_DATA_DIR) + "/media/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return Bytes{std::istreambuf_iterator<char>(file), {}};
}

VideoClip ReadVideoClip(const std::string& name) {
  VideoClip clip;
  for (const flv::Tag& tag : ReadTags(name)) {
    if (tag.type != flv::TagType::kVideo) continue;
    const auto video = flv::ParseVideoTag(tag.payload);
    if (!video || !video->codec) continue;
    Bytes data(video->data.begin(), video->data.end());
    if (video->kind == flv::VideoTag::Kind::kSequenceHeader) {
      clip.codec = *video->codec;
      clip.codec_config = std::move(data);
    } else if (video->kind == flv::VideoTag::Kind::kCodedFrame) {
      const SessionTime dts = std::chrono::milliseconds(tag.timestamp);
      clip.pictures.push_back({std::move(data), dts,
                               dts + std::chrono::milliseconds(video->composition_time_ms),
                               video->key_frame});
    }
  }
  return clip;
}

AudioClip ReadAudioClip(const std::string& name) {
  AudioClip clip;
  for (const flv::Tag& tag : ReadTags(name)) {
    if (tag.type != flv::TagType::kAudio) continue;
    const auto audio = flv::ParseAudioTag(tag.payload);
    if (!audio || !audio->codec) continue;
    clip.input.codec = *audio->codec;
    clip.input.sample_rate = static_cast<int>(audio->sample_rate);
    clip.input.channels = audio->channels;
    Bytes data(audio->data.begin(), audio->data.end());
    if (audio->kind == flv::AudioTag::Kind::kSequenceHeader) {
      clip.input.codec_config = std::move(data);
    } else if (audio->kind == flv::AudioTag::Kind::kCodedFrame) {
      clip.frames.push_back({std::move(data), std::chrono::milliseconds(tag.timestamp)});
    }
  }
  return clip;
}

std::vector<AvPtr<AVFrame>> DecodeFrames(VideoCodec codec,
                                         const std::vector<EncodedFrame>& frames) {
  const AVCodec* decoder =
      avcodec_find_decoder(codec == VideoCodec::kVp8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264);
  const AvPtr<AVCodecContext> context(avcodec_alloc_context3(decoder));
  context->err_recognition = AV_EF_EXPLODE;
  context->thread_count = 1;
  const AvPtr<AVPacket> packet(av_packet_alloc());
  std::vector<AvPtr<AVFrame>> pictures;
  if (avcodec_open2(context.get(), decoder, nullptr) < 0) return pictures;
  for (std::size_t i = 0; i <= frames.size(); ++i) {
    Bytes padded = i < frames.size() ? frames[i].payload : Bytes{};
    const auto size = static_cast<int>(padded.size());
    padded.resize(padded.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    packet->data = size > 0 ? padded.data() : nullptr;  // none: flush
    packet->size = size;
    packet->pts = i < frames.size() ? frames[i].pts.count() : 0;
    if (avcodec_send_packet(context.get(), packet.get()) < 0) continue;
    AvPtr<AVFrame> picture(av_frame_alloc());
    while (avcodec_receive_frame(context.get(), picture.get()) >= 0) {
      pictures.push_back(std::move(picture));
      picture.reset(av_frame_alloc());
    }
  }
  return pictures;
}

std::vector<DecodedPicture> DecodeVideo(VideoCodec codec, const std::vector<EncodedFrame>& frames) {
  std::vector<DecodedPicture> pictures;
  for (const AvPtr<AVFrame>& frame : DecodeFrames(codec, frames)) {
    pictures.push_back({frame->width, frame->height, MeanLuma(*frame)});
  }
  return pictures;
}

std::vector<float> DecodeOpus(const std::vector<AudioTranscoder::Packet>& packets, int channels) {
  int error = OPUS_OK;
  const std::unique_ptr<OpusDecoder, decltype(&opus_decoder_destroy)> decoder(
      opus_decoder_create(codec::kOpusRate, channels, &error), opus_decoder_destroy);
  std::vector<float> samples;
  std::vector<float> block(codec::kOpusPacketSamples * static_cast<std::size_t>(channels));
  for (const auto& packet : packets) {
    const Bytes& payload = packet.frame.payload;
    const auto frames =
        static_cast<int>(packet.frame.duration * codec::kOpusRate / std::chrono::seconds(1));
    const int count =
        opus_decode_float(decoder.get(), payload.data(), static_cast<opus_int32>(payload.size()),
                          block.data(), frames, 0);
    EXPECT_EQ(count, frames);
    samples.insert(samples.end(), block.begin(), block.begin() + frames * channels);
  }
  return samples;
}

}  // namespace ingress::media
