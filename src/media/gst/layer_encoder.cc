#include "media/gst/layer_encoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/sei.h"
#include "media/gst/colours.h"
#include "media/gst/encoder_settings.h"
#include "media/gst/session_time.h"

namespace ingress::media::gst {
namespace {

constexpr double kSlowestFrameRate = 5;  // below it bitrate is not raised any further
constexpr int kLargeFrom = 400'000;      // pixels a picture: between 640x360 and 854x480

codec::ColourInfo ColoursOf(const GstVideoInfo& info) {
  const GstVideoColorimetry& colours = info.colorimetry;
  return {
      .full_range = colours.range == GST_VIDEO_COLOR_RANGE_0_255,
      .primaries = static_cast<std::uint8_t>(gst_video_color_primaries_to_iso(colours.primaries)),
      .transfer = static_cast<std::uint8_t>(gst_video_transfer_function_to_iso(colours.transfer)),
      .matrix = static_cast<std::uint8_t>(gst_video_color_matrix_to_iso(colours.matrix))};
}

}  // namespace

/// An H.264 key frame as viewers need it: with the colours in its SPS, and without the SEI of half
/// a kilobyte in which x264 describes its settings.
Bytes LayerEncoder::Polished(ByteView annex_b) const {
  constexpr std::uint8_t kUserDataUnregistered = 5;
  Bytes out;
  out.reserve(annex_b.size());
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) {
    const bool chatter = codec::TypeOf(*nal) == codec::NalType::kSei && nal->size() > 1 &&
                         (*nal)[1] == kUserDataUnregistered;
    if (chatter) continue;
    out.insert(out.end(), {0, 0, 0, 1});
    if (!writes_colours_ && codec::TypeOf(*nal) == codec::NalType::kSps) {
      if (const auto coloured = codec::WithColour(*nal, ColoursOf(format_))) {
        out.insert(out.end(), coloured->begin(), coloured->end());
        continue;
      }
    }
    out.insert(out.end(), nal->begin(), nal->end());
  }
  return out;
}

LayerEncoder::LayerEncoder(const Options& options, Callbacks callbacks)
    : options_(options),
      callbacks_(std::move(callbacks)),
      has_own_thread_(options.layer.width * options.layer.height >= kLargeFrom),
      bitrate_(options.layer.bitrate) {}

Result<std::unique_ptr<LayerEncoder>> LayerEncoder::Make(const Options& options,
                                                         Callbacks callbacks) {
  auto element = MakeEncoder({.codec = options.codec,
                              .profile = options.profile,
                              .encoder = options.encoder,
                              .layer = options.layer,
                              .max_frame_rate = options.max_frame_rate});
  if (!element) return std::unexpected(std::move(element.error()));
  std::unique_ptr<LayerEncoder> layer(new LayerEncoder(options, std::move(callbacks)));
  LayerEncoder* self = layer.get();
  layer->counts_frames_ = element->counts_frames;
  layer->writes_colours_ = element->writes_colours;
  auto encoder = DirectEncoder::Make(
      std::move(element->element), element->caps.get(),
      {.on_coded = [self](GstBuffer* coded, GstClockTime time) { self->OnCoded(coded, time); },
       .on_error = [self](std::string text) { self->callbacks_.on_broken(std::move(text)); }});
  if (!encoder) return std::unexpected(std::move(encoder.error()));
  layer->encoder_ = std::move(*encoder);
  return layer;
}

Result<void> LayerEncoder::Start() {
  if (auto started = encoder_->Start(); !started) return started;
  if (has_own_thread_) thread_ = std::thread([this] { Run(); });
  return {};
}

void LayerEncoder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  encoder_->Stop();
}

void LayerEncoder::SetFormat(const GstVideoInfo& source, double frame_rate) {
  gst_video_info_set_format(&format_, GST_VIDEO_FORMAT_I420,
                            static_cast<guint>(options_.layer.width),
                            static_cast<guint>(options_.layer.height));
  // By its size alone a small layer of an HD source would be taken for BT.601.
  SetLayerColours(source, options_.keep_range, format_);
  nominal_frame_rate_ = frame_rate;
  gst_util_double_to_fraction(frame_rate, &format_.fps_n, &format_.fps_d);
  const GstPtr<GstCaps> caps(gst_video_info_to_caps(&format_));
  encoder_->SetInputCaps(caps.get());
}

void LayerEncoder::Encode(GstPtr<GstBuffer> picture, Bytes captions, std::uint64_t generation) {
  Waiting next{
      .picture = std::move(picture), .captions = std::move(captions), .generation = generation};
  if (!has_own_thread_) return EncodeNow(std::move(next));
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || waiting_.size() < kMaxWaiting; });
    if (stopping_) return;
    waiting_.push_back(std::move(next));
  }
  changed_.notify_all();
}

void LayerEncoder::Run() {
  while (true) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    EncodeNow(std::move(next));
  }
}

void LayerEncoder::EncodeNow(Waiting next) {
  if (options_.codec == VideoCodec::kH264) {
    captions_.insert(captions_.end(), next.captions.begin(), next.captions.end());
  }
  generation_ = next.generation;
  const bool restart = GST_BUFFER_FLAG_IS_SET(next.picture.get(), GST_BUFFER_FLAG_DISCONT);
  if (key_frame_wanted_.exchange(false) || restart) encoder_->ForceKeyFrame();
  encoder_->Push(std::move(next.picture));
}

void LayerEncoder::SetFrameRate(double frame_rate) {
  if (!counts_frames_) return;
  share_ = nominal_frame_rate_ / std::max(frame_rate, kSlowestFrameRate);
  ApplyBitrate();
}

void LayerEncoder::SetBitrate(int bits_per_second) {
  bitrate_ = bits_per_second;
  ApplyBitrate();
}

void LayerEncoder::ApplyBitrate() {
  gst::SetBitrate(encoder_->element(), static_cast<int>(bitrate_ * share_));
}

void LayerEncoder::OnCoded(GstBuffer* coded, GstClockTime time) {
  GstMapInfo map;
  if (gst_buffer_map(coded, &map, GST_MAP_READ) == FALSE) return;
  const ByteView bytes(map.data, map.size);
  EncodedFrame frame;
  frame.pts = FromGst(time);
  frame.key_frame = !GST_BUFFER_FLAG_IS_SET(coded, GST_BUFFER_FLAG_DELTA_UNIT);
  if (frame.key_frame && options_.codec == VideoCodec::kH264) {
    frame.payload = Polished(bytes);
  } else {
    frame.payload.assign(bytes.begin(), bytes.end());
  }
  gst_buffer_unmap(coded, &map);
  if (const Bytes captions = std::exchange(captions_, {}); !captions.empty()) {
    frame.payload = codec::InsertBeforeSlices(frame.payload, codec::MakeCaptionSei(captions));
  }
  callbacks_.on_frame(generation_, std::move(frame));
}

}  // namespace ingress::media::gst
