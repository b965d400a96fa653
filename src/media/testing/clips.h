#pragma once

#include <string>
#include <vector>

#include "media/audio_transcoder.h"
#include "media/libav_ptr.h"
#include "media/video_transcoder.h"

namespace ingress::media {

/// A file of test/data/media.
Bytes ReadTestData(const std::string& name);

struct VideoClip {
  VideoCodec codec = VideoCodec::kH264;
  Bytes codec_config;
  std::vector<CodedPicture> pictures;  // in decode order
};

/// The video of an FLV file.
VideoClip ReadVideoClip(const std::string& name);

struct CodedAudio {
  Bytes payload;
  SessionTime pts{};
};

struct AudioClip {
  AudioInput input;
  std::vector<CodedAudio> frames;
};

/// The audio of an FLV file.
AudioClip ReadAudioClip(const std::string& name);

/// What libavcodec makes of encoded pictures; fewer than `frames` when it refuses some.
std::vector<AvPtr<AVFrame>> DecodeFrames(VideoCodec codec, const std::vector<EncodedFrame>& frames);

struct DecodedPicture {
  int width = 0;
  int height = 0;
  int luma = 0;  // mean
};

/// The size and brightness of what DecodeFrames() gives.
std::vector<DecodedPicture> DecodeVideo(VideoCodec codec, const std::vector<EncodedFrame>& frames);

/// Interleaved samples at 48 kHz, libopus' view of the packets.
std::vector<float> DecodeOpus(const std::vector<AudioTranscoder::Packet>& packets, int channels);

}  // namespace ingress::media
