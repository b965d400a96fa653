#include "media/testing/video.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace ingress::media {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);  // only a failing test waits that long

VideoCodec CodecOf(const AVCodecContext& context) {
  switch (context.codec_id) {
    case AV_CODEC_ID_HEVC:
      return VideoCodec::kHevc;
    case AV_CODEC_ID_VP8:
      return VideoCodec::kVp8;
    case AV_CODEC_ID_VP9:
      return VideoCodec::kVp9;
    case AV_CODEC_ID_AV1:
      return VideoCodec::kAv1;
    default:
      return VideoCodec::kH264;
  }
}

AvPtr<AVCodecContext> OpenEncoder(const TestStream& stream) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(stream.encoder.c_str());
  if (encoder == nullptr) return nullptr;
  AvPtr<AVCodecContext> context(avcodec_alloc_context3(encoder));
  context->width = stream.width;
  context->height = stream.height;
  context->pix_fmt = stream.format;
  context->time_base = av_inv_q(stream.frame_rate);
  context->framerate = stream.frame_rate;
  context->sample_aspect_ratio = stream.pixel_aspect;
  context->color_range = stream.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context->color_primaries = stream.primaries;
  context->color_trc = stream.transfer;
  context->colorspace = stream.matrix;
  context->thread_count = 1;
  if (stream.interlaced)
    context->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
  for (const auto& [name, value] : stream.options) {
    EXPECT_GE(av_opt_set(context.get(), name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN), 0)
        << name;
  }
  av_log_set_level(AV_LOG_ERROR);
  if (avcodec_open2(context.get(), encoder, nullptr) < 0) return nullptr;
  return context;
}

AvPtr<AVFrame> MakePicture(const TestStream& stream, int number) {
  AvPtr<AVFrame> picture(av_frame_alloc());
  picture->format = stream.format;
  picture->width = stream.width;
  picture->height = stream.height;
  picture->colorspace = stream.matrix;
  picture->color_range = stream.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  picture->interlaced_frame = stream.interlaced ? 1 : 0;
  picture->top_field_first = stream.interlaced ? 1 : 0;
  picture->pts = number;
  EXPECT_EQ(av_frame_get_buffer(picture.get(), 0), 0);
  stream.paint(*picture, number);
  return picture;
}

void Drain(AVCodecContext& context, VideoClip& clip) {
  const AvPtr<AVPacket> packet(av_packet_alloc());
  const AVRational nanoseconds{1, 1'000'000'000};
  while (avcodec_receive_packet(&context, packet.get()) >= 0) {
    const auto time = [&](std::int64_t ticks) {
      return SessionTime(av_rescale_q(ticks, context.time_base, nanoseconds));
    };
    clip.pictures.push_back({Bytes(packet->data, packet->data + packet->size), time(packet->dts),
                             time(packet->pts), (packet->flags & AV_PKT_FLAG_KEY) != 0});
    av_packet_unref(packet.get());
  }
}

struct Plane {
  std::uint8_t* data;
  std::ptrdiff_t stride;
  int shift_x;
  int shift_y;
  int depth;

  int Get(int x, int y) const {
    const std::uint8_t* row = data + y * stride;
    return depth > 8 ? reinterpret_cast<const std::uint16_t*>(row)[x] : row[x];
  }
  void Set(int x, int y, int value) const {
    std::uint8_t* row = data + y * stride;
    if (depth > 8) {
      reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value);
    } else {
      row[x] = static_cast<std::uint8_t>(value);
    }
  }
};

Plane PlaneOf(const AVFrame& picture, int index) {
  const AVPixFmtDescriptor* format =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  return {picture.data[index], picture.linesize[index], index > 0 ? format->log2_chroma_w : 0,
          index > 0 ? format->log2_chroma_h : 0, format->comp[0].depth};
}

struct Matrix {
  double kr;
  double kb;
};

Matrix MatrixOf(const AVFrame& picture) {
  switch (picture.colorspace) {
    case AVCOL_SPC_BT709:
      return {0.2126, 0.0722};
    case AVCOL_SPC_BT2020_NCL:
      return {0.2627, 0.0593};
    default:
      return {0.299, 0.114};
  }
}

}  // namespace

VideoClip EncodeTestStream(const TestStream& stream) {
  VideoClip clip;
  const AvPtr<AVCodecContext> context = OpenEncoder(stream);
  EXPECT_TRUE(context) << stream.encoder;
  if (!context) return clip;
  clip.codec = CodecOf(*context);
  for (int i = 0; i < stream.pictures; ++i) {
    const AvPtr<AVFrame> picture = MakePicture(stream, i);
    EXPECT_GE(avcodec_send_frame(context.get(), picture.get()), 0);
    Drain(*context, clip);
  }
  avcodec_send_frame(context.get(), nullptr);
  Drain(*context, clip);
  return clip;
}

void Fill(AVFrame& picture, int x, int y, int width, int height, Samples values) {
  const std::array<int, 3> samples = {values.y, values.u, values.v};
  for (int i = 0; i < 3; ++i) {
    const Plane plane = PlaneOf(picture, i);
    for (int row = y >> plane.shift_y; row < (y + height) >> plane.shift_y; ++row) {
      for (int column = x >> plane.shift_x; column < (x + width) >> plane.shift_x; ++column) {
        plane.Set(column, row, samples[i]);
      }
    }
  }
}

void FillAll(AVFrame& picture, Samples values) {
  Fill(picture, 0, 0, picture.width + 1, picture.height + 1, values);
}

Samples SampleAt(const AVFrame& picture, int x, int y) {
  std::array<int, 3> mean{};
  for (int i = 0; i < 3; ++i) {
    const Plane plane = PlaneOf(picture, i);
    int sum = 0;
    int count = 0;
    for (int row = (y - 4) >> plane.shift_y; row < (y + 4) >> plane.shift_y; ++row) {
      for (int column = (x - 4) >> plane.shift_x; column < (x + 4) >> plane.shift_x; ++column) {
        sum += plane.Get(column, row);
        ++count;
      }
    }
    mean[i] = (sum + count / 2) / count;
  }
  return {mean[0], mean[1], mean[2]};
}

Rgb ToRgb(const AVFrame& picture, Samples values) {
  const auto [kr, kb] = MatrixOf(picture);
  const bool full = picture.color_range == AVCOL_RANGE_JPEG;
  const double y = full ? values.y / 255.0 : (values.y - 16) / 219.0;
  const double cb = (values.u - 128) / (full ? 255.0 : 224.0);
  const double cr = (values.v - 128) / (full ? 255.0 : 224.0);
  const double r = y + 2 * (1 - kr) * cr;
  const double b = y + 2 * (1 - kb) * cb;
  return {r * 255, (y - kr * r - kb * b) / (1 - kr - kb) * 255, b * 255};
}

Samples FromRgb(const AVFrame& picture, Rgb colour) {
  const auto [kr, kb] = MatrixOf(picture);
  const Plane plane = PlaneOf(picture, 0);
  const bool full = picture.color_range == AVCOL_RANGE_JPEG;
  const int unit = 1 << (plane.depth - 8);
  const double y = (kr * colour.r + (1 - kr - kb) * colour.g + kb * colour.b) / 255;
  const double cb = (colour.b / 255 - y) / (2 * (1 - kb));
  const double cr = (colour.r / 255 - y) / (2 * (1 - kr));
  const auto scaled = [&](double value, int limited_zero, int full_zero, int limited_range) {
    return static_cast<int>(std::lround(full ? (full_zero + value * 255) * unit
                                             : (limited_zero + value * limited_range) * unit));
  };
  return {scaled(y, 16, 0, 219), scaled(cb, 128, 128, 224), scaled(cr, 128, 128, 224)};
}

void PaintMotion(AVFrame& picture, int number) {
  for (int i = 0; i < 3; ++i) {
    const Plane plane = PlaneOf(picture, i);
    const int size = 8 >> plane.shift_x;
    for (int y = 0; y < picture.height >> plane.shift_y; ++y) {
      for (int x = 0; x < picture.width >> plane.shift_x; ++x) {
        // Any mixture of the three does.
        const std::uint32_t block = static_cast<std::uint32_t>(x / size) * 73856093U ^
                                    static_cast<std::uint32_t>(y / size) * 19349663U ^
                                    static_cast<std::uint32_t>(number) * 83492791U;
        plane.Set(x, y, static_cast<int>(110 + (block * 2654435761U >> 28)));
      }
    }
  }
}

TranscoderRig::TranscoderRig(VideoTranscoderOptions options) : frames_(options.layers.size()) {
  auto made = MakeVideoTranscoder(std::move(options),
                                  {.on_frames =
                                       [this](const std::vector<LayerFrame>& frames) {
                                         for (const auto& [layer, frame] : frames)
                                           OnFrame(layer, frame);
                                       },
                                   .on_error = [this](const Error& error) { OnError(error); },
                                   .on_drained = [this] { OnDrained(); }});
  EXPECT_TRUE(made) << made.error().context;
  if (made) transcoder_ = std::move(*made);
}

void TranscoderRig::Push(const CodedPicture& picture) {
  const TimePoint deadline = Clock::now() + kPatience;
  while (transcoder_->counters().queued > 4 && Clock::now() < deadline) std::this_thread::yield();
  transcoder_->Push(picture);
}

void TranscoderRig::Push(const VideoClip& clip, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, clip.pictures.size()); ++i) Push(clip.pictures[i]);
}

std::vector<EncodedFrame> TranscoderRig::Await(std::size_t layer, std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience,
                    [&] { return frames_[layer].size() >= count || !error_.empty(); });
  EXPECT_EQ(error_, "");
  EXPECT_GE(frames_[layer].size(), count);
  return frames_[layer];
}

bool TranscoderRig::AwaitTime(std::size_t layer, SessionTime pts) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(
      lock, kPatience, [&] { return !frames_[layer].empty() && frames_[layer].back().pts >= pts; });
}

std::size_t TranscoderRig::count(std::size_t layer) {
  const std::lock_guard lock(mutex_);
  return frames_[layer].size();
}

int TranscoderRig::drained() {
  const std::lock_guard lock(mutex_);
  return drained_;
}

bool TranscoderRig::AwaitDrained() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return drained_ > 0; });
}

void TranscoderRig::Hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
  changed_.notify_all();
}

void TranscoderRig::OnFrame(std::size_t layer, const EncodedFrame& frame) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !held_; });
  frames_[layer].push_back(frame);
  changed_.notify_all();
}

void TranscoderRig::OnDrained() {
  const std::lock_guard lock(mutex_);
  ++drained_;
  changed_.notify_all();
}

void TranscoderRig::OnError(const Error& error) {
  const std::lock_guard lock(mutex_);
  error_ = error.context;
  changed_.notify_all();
}

std::vector<EncodedFrame> TranscodeClip(const VideoClip& clip, VideoTranscoderOptions options,
                                        std::size_t layer) {
  options.input = clip.codec;
  options.codec_config = clip.codec_config;
  TranscoderRig rig(std::move(options));
  rig.Push(clip, 0, clip.pictures.size());
  SessionTime last{};
  for (const CodedPicture& picture : clip.pictures) last = std::max(last, picture.pts);
  // Decoders may keep the last few for themselves, and the rate cap may leave the last one out.
  const SessionTime enough = clip.pictures.size() > 8 ? last * 3 / 4 : SessionTime{};
  EXPECT_TRUE(rig.AwaitTime(layer, enough));
  return rig.Await(layer, 1);
}

}  // namespace ingress::media
