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

Result<std::unique_ptr<LayerEncoder>> LayerEncoder::Make(const Options& options,
                                                         Callbacks callbacks) {
  auto encoder = MakeEncoder({.codec = options.codec,
                              .profile = options.profile,
                              .encoder = options.encoder,
                              .layer = options.layer,
                              .max_frame_rate = options.max_frame_rate});
  if (!encoder) return std::unexpected(std::move(encoder.error()));
  std::unique_ptr<LayerEncoder> layer(new LayerEncoder(options, std::move(callbacks)));
  LayerEncoder* self = layer.get();
  layer->counts_frames_ = encoder->counts_frames;
  layer->writes_colours_ = encoder->writes_colours;
  auto pipeline = Pipeline::Make(
      std::move(encoder->element), encoder->caps.get(),
      {.on_sample = [self](GstSample* sample) { self->OnSample(sample); },
       .on_warning = [](const std::string&) {},
       .on_error = [self](std::string text) { self->callbacks_.on_broken(std::move(text)); }});
  if (!pipeline) return std::unexpected(std::move(pipeline.error()));
  layer->pipeline_ = std::move(*pipeline);
  layer->pipeline_->BlockAbove(kMaxWaiting);
  const GstPtr<GstPad> sink(gst_element_get_static_pad(layer->pipeline_->element(), "sink"));
  gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER, OnPicture, self, nullptr);
  return layer;
}

void LayerEncoder::SetFormat(const GstVideoInfo& source, double frame_rate) {
  gst_video_info_set_format(&format_, GST_VIDEO_FORMAT_I420,
                            static_cast<guint>(options_.layer.width),
                            static_cast<guint>(options_.layer.height));
  // By its size alone a small layer of an HD source would be taken for BT.601.
  SetLayerColours(source, format_);
  nominal_frame_rate_ = frame_rate;
  gst_util_double_to_fraction(frame_rate, &format_.fps_n, &format_.fps_d);
  const GstPtr<GstCaps> caps(gst_video_info_to_caps(&format_));
  pipeline_->SetInputCaps(caps.get());
}

void LayerEncoder::Encode(GstPtr<GstBuffer> picture, const Bytes& captions) {
  if (!captions.empty() && options_.codec == VideoCodec::kH264) {
    const std::lock_guard lock(captions_mutex_);
    captions_[FromGst(GST_BUFFER_PTS(picture.get()))] = captions;
  }
  pipeline_->Push(std::move(picture));
}

Bytes LayerEncoder::TakeCaptions(SessionTime pts) {
  const std::lock_guard lock(captions_mutex_);
  Bytes taken;
  const auto found = captions_.find(pts);
  if (found != captions_.end()) taken = std::move(found->second);
  captions_.erase(captions_.begin(), captions_.upper_bound(pts));
  return taken;
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
  gst::SetBitrate(pipeline_->element(), static_cast<int>(bitrate_ * share_));
}

GstPadProbeReturn LayerEncoder::OnPicture(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* encoder = static_cast<LayerEncoder*>(self);
  const GstBuffer* picture = GST_PAD_PROBE_INFO_BUFFER(info);
  const bool restart = GST_BUFFER_FLAG_IS_SET(picture, GST_BUFFER_FLAG_DISCONT);
  if (encoder->key_frame_wanted_.exchange(false) || restart) {
    const GstPtr<GstElement> element(gst_pad_get_parent_element(pad));
    const GstPtr<GstPad> source(gst_element_get_static_pad(element.get(), "src"));
    gst_pad_send_event(source.get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  }
  return GST_PAD_PROBE_OK;
}

void LayerEncoder::OnSample(GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (buffer == nullptr) return;
  // Encoders shift their output by hours to make room for negative DTS and say so in the segment.
  const guint64 time = gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                                   GST_BUFFER_PTS(buffer));
  GstMapInfo map;
  if (time == GST_CLOCK_TIME_NONE || gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
  const ByteView bytes(map.data, map.size);
  EncodedFrame frame;
  frame.pts = FromGst(time);
  frame.key_frame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (frame.key_frame && options_.codec == VideoCodec::kH264) {
    frame.payload = Polished(bytes);
  } else {
    frame.payload.assign(bytes.begin(), bytes.end());
  }
  if (const Bytes captions = TakeCaptions(frame.pts); !captions.empty()) {
    frame.payload = codec::InsertBeforeSlices(frame.payload, codec::MakeCaptionSei(captions));
  }
  gst_buffer_unmap(buffer, &map);
  callbacks_.on_frame(std::move(frame));
}

}  // namespace ingress::media::gst
