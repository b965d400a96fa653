#include "media/gst/transcoder.h"

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>

#include "codec/h264.h"
#include "codec/sei.h"
#include "media/gst/runtime.h"
#include "media/gst/session_time.h"

namespace ingress::media::gst {
namespace {

constexpr std::size_t kMaxLayers = 3;
constexpr int kMaxSide = 8192;  // pixels
constexpr double kMaxFrameRate = 240;

Result<void> Check(const VideoTranscoderOptions& options) {
  if (options.layers.empty() || options.layers.size() > kMaxLayers) {
    return Fail(ErrorCode::kUnsupported,
                "transcoder with " + std::to_string(options.layers.size()) + " layers");
  }
  if (!(options.max_frame_rate >= 1 && options.max_frame_rate <= kMaxFrameRate)) {
    return Fail(ErrorCode::kUnsupported,
                "frame rate " + std::to_string(options.max_frame_rate) + " not in 1 to 240");
  }
  for (const VideoLayerSpec& layer : options.layers) {
    const bool sane = layer.width >= 16 && layer.height >= 16 && layer.width <= kMaxSide &&
                      layer.height <= kMaxSide && layer.width % 2 == 0 && layer.height % 2 == 0;
    if (!sane || layer.bitrate <= 0) {
      return Fail(ErrorCode::kUnsupported, "layer of " + std::to_string(layer.width) + " by " +
                                               std::to_string(layer.height) + " pixels at " +
                                               std::to_string(layer.bitrate) + " bit/s");
    }
  }
  return {};
}

double FrameRateOf(const GstVideoInfo& info, double max_frame_rate) {
  const double rate = info.fps_d > 0 ? static_cast<double>(info.fps_n) / info.fps_d : 0;
  return rate >= 1 && rate < max_frame_rate ? rate : max_frame_rate;
}

}  // namespace

Result<std::unique_ptr<Transcoder>> Transcoder::Make(VideoTranscoderOptions options,
                                                     Callbacks callbacks) {
  if (auto checked = Check(options); !checked) return std::unexpected(std::move(checked.error()));
  if (auto started = StartGstreamer(); !started) {
    return std::unexpected(std::move(started.error()));
  }
  auto input = DecoderInput::Make(options.input, options.codec_config, options.max_input_pixels);
  if (!input) return std::unexpected(std::move(input.error()));
  std::unique_ptr<Transcoder> transcoder(
      new Transcoder(std::move(options), std::move(*input), std::move(callbacks)));
  if (auto made = transcoder->MakeStages(); !made) {
    transcoder->silent_ = true;
    return std::unexpected(std::move(made.error()));
  }
  return transcoder;
}

Transcoder::Transcoder(VideoTranscoderOptions options, DecoderInput input, Callbacks callbacks)
    : options_(std::move(options)),
      input_(std::move(input)),
      callbacks_(std::move(callbacks)),
      saver_(options_.max_frame_rate),
      cap_(options_.max_frame_rate) {}

Transcoder::~Transcoder() {
  silent_ = true;
  // The encoders first: the decoder's thread may be waiting for one of them to take a picture.
  for (const auto& layer : layers_) {
    if (layer->encoder) layer->encoder->Stop();
  }
  if (decoder_) decoder_->Stop();
}

Result<void> Transcoder::MakeStages() {
  for (std::size_t i = 0; i < options_.layers.size(); ++i) {
    auto encoder = LayerEncoder::Make(
        {.codec = options_.output,
         .profile = options_.profile,
         .encoder = options_.encoder,
         .layer = options_.layers[i],
         .max_frame_rate = options_.max_frame_rate,
         .keep_range = options_.keep_range},
        {.on_frame = [this, i](std::uint64_t generation,
                               EncodedFrame frame) { OnFrame(i, generation, std::move(frame)); },
         .on_broken = [this](const std::string& text) { OnBroken(text); }});
    if (!encoder) return std::unexpected(std::move(encoder.error()));
    layers_.push_back(std::make_unique<Layer>());
    layers_.back()->encoder = std::move(*encoder);
  }
  auto decoder =
      Decoder::Make({.codec = options_.input,
                     .threads = options_.decoder_threads,
                     .max_pixels = options_.max_input_pixels},
                    {.on_picture = [this](const Decoder::Picture& picture) { OnPicture(picture); },
                     .on_decode_error = [this] { ++decode_errors_; },
                     .on_broken = [this](const std::string& text) { OnBroken(text); },
                     .on_drained = callbacks_.on_drained});
  if (!decoder) return std::unexpected(std::move(decoder.error()));
  decoder_ = std::move(*decoder);

  for (const auto& layer : layers_) {
    if (auto started = layer->encoder->Start(); !started) return started;
  }
  decoder_->Start();
  return {};
}

bool Transcoder::QueueIsFull(std::size_t size, bool catching_up) const {
  const Decoder::Queues queues = decoder_->queues();
  const Decoder::Queue& queue = catching_up ? queues.catching_up : queues.live;
  const std::size_t max_bytes = catching_up ? kMaxCatchUpBytes : kMaxQueuedBytes;
  return queue.pictures >= (catching_up ? kMaxCatchUpPictures : kMaxQueuedPictures) ||
         (queue.pictures > 0 && queue.bytes + size > max_bytes);  // one alone may have any size
}

void Transcoder::Push(CodedPicture picture) {
  ++pictures_in_;
  const bool catching_up = picture.pts < skip_before_.load();
  const bool full = QueueIsFull(picture.payload.size(), catching_up);
  if (full) drops_to_key_frame_ = true;
  if (drops_to_key_frame_ && (!picture.key_frame || full)) {
    ++pictures_dropped_;
    return;
  }
  drops_to_key_frame_ = false;
  auto converted = input_.Convert(std::move(picture.payload));
  if (!converted) {
    ++decode_errors_;
    return;
  }
  if (converted->empty()) return;
  if (saver_.IsBetween(picture.dts, picture.pts, admitted_) &&
      options_.input == VideoCodec::kH264 && codec::IsDisposable(*converted)) {
    ++pictures_skipped_;
    return;
  }
  if (options_.input == VideoCodec::kH264 || options_.input == VideoCodec::kHevc) {
    const auto turns =
        codec::FindDisplayOrientation(*converted, options_.input == VideoCodec::kHevc);
    if (turns) orientation_.Set(picture.pts, *turns);
  }
  decoder_->Push({.payload = std::move(*converted),
                  .dts = picture.dts,
                  .pts = picture.pts,
                  .catching_up = catching_up});
}

void Transcoder::RequestKeyFrame(std::size_t layer) {
  if (layer < layers_.size()) layers_[layer]->encoder->RequestKeyFrame();
}

void Transcoder::SetActive(std::size_t index, bool active) {
  if (index >= layers_.size()) return;
  LayerActivation& activation = layers_[index]->activation;
  if (active) {
    activation.Activate();
  } else {
    activation.Deactivate();
  }
}

void Transcoder::ActivateFrom(std::size_t layer, SessionTime pts) {
  if (layer >= layers_.size()) return;
  layers_[layer]->activation.Deactivate();  // so that it begins anew
  layers_[layer]->activation.Activate(pts);
}

void Transcoder::SetBitrate(std::size_t layer, int bits_per_second) {
  if (layer < layers_.size() && bits_per_second > 0) {
    layers_[layer]->encoder->SetBitrate(bits_per_second);
  }
}

VideoTranscoder::Counters Transcoder::counters() const {
  const Decoder::Queues queues = decoder_->queues();
  Counters counters{.pictures_in = pictures_in_,
                    .pictures_dropped = pictures_dropped_,
                    .pictures_decoded = pictures_decoded_,
                    .pictures_skipped = pictures_skipped_,
                    .decode_errors = decode_errors_,
                    .frames_out = {},
                    .queued = queues.live.pictures + queues.catching_up.pictures};
  for (const auto& layer : layers_) counters.frames_out.push_back(layer->frames_out);
  return counters;
}

void Transcoder::OnPicture(const Decoder::Picture& picture) {
  ++pictures_decoded_;
  captions_.Add(picture.captions);
  const SessionTime pts = FromGst(GST_BUFFER_PTS(picture.buffer));
  if (IsInterlaced(picture.info, picture.buffer)) {
    OnInterlaced(picture.buffer, picture.info, pts);
  } else {
    OnProgressive(picture.buffer, picture.info, pts);
  }
}

void Transcoder::OnInterlaced(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts) {
  constexpr auto kLongest = std::chrono::milliseconds(100);  // of a frame; beyond it is a gap
  const SessionTime frame = last_interlaced_ ? pts - *last_interlaced_ : SessionTime{};
  last_interlaced_ = pts;
  const auto emit = [&](bool second, SessionTime time) {
    if (auto field = deinterlacer_.MakeField(info, picture, second)) {
      GST_BUFFER_PTS(field.get()) = ToGst(time);
      OnProgressive(field.get(), info, time);
    }
  };
  emit(false, pts);
  // Both fields become pictures only where all of them may be shown: else every second one.
  const std::chrono::duration<double> shown_for(0.9 / options_.max_frame_rate);
  if (frame > SessionTime{} && frame < kLongest && frame / 2 > shown_for) {
    emit(true, pts + frame / 2);
  }
  deinterlacer_.Remember(info, picture);
}

void Transcoder::OnProgressive(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts) {
  if (!WorthEncoding(pts)) {
    ++pictures_skipped_;
    return;
  }
  Distribute(picture, info, pts);
  if (const auto rate = meter_.Add(pts)) {
    for (const auto& layer : layers_) layer->encoder->SetFrameRate(*rate);
  }
}

bool Transcoder::WorthEncoding(SessionTime pts) {
  // A picture that overtakes where the decoder did not expect it comes out too late.
  if (last_pts_ && pts <= *last_pts_) return false;
  last_pts_ = pts;
  if (pts < skip_before_.load()) return false;
  if (!cap_.Admit(pts)) return false;
  admitted_ = pts;
  if (divided_++ % static_cast<std::uint64_t>(std::max(1, divisor_.load())) != 0) return false;
  const std::size_t waiting = decoder_->queues().live.pictures;
  if (waiting < kThinOutPictures) return true;
  return thin_out_phase_++ % (waiting < 2 * kThinOutPictures ? 2 : 4) == 0;
}

void Transcoder::Distribute(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts) {
  const Bytes captions = captions_.Take();
  GstPtr<GstBuffer> larger(gst_buffer_ref(picture));
  SourceFormat larger_format{.info = info, .rotation = orientation_.At(pts)};
  for (const auto& owned : layers_ | std::views::reverse) {
    Layer& layer = *owned;
    if (!layer.encoder->has_format()) {
      const double rate = FrameRateOf(info, options_.max_frame_rate);
      layer.encoder->SetFormat(info, rate);
      meter_.Expect(rate);
    }
    const auto generation = layer.activation.GenerationAt(pts);
    if (!generation) continue;
    GstPtr<GstBuffer> fitted = Fit(layer, larger.get(), larger_format);
    if (!fitted) continue;
    larger_format = {.info = layer.encoder->format(), .rotation = 0};
    larger.reset(gst_buffer_ref(fitted.get()));
    fitted.reset(gst_buffer_copy(larger.get()));  // flags of its own, the same memory
    if (layer.activation.IsFirst(*generation)) {
      GST_BUFFER_FLAG_SET(fitted.get(), GST_BUFFER_FLAG_DISCONT);
    }
    layer.encoder->Encode(std::move(fitted), captions, *generation);
  }
  if (!together_.empty()) callbacks_.on_frames(std::exchange(together_, {}));
}

GstPtr<GstBuffer> Transcoder::Fit(Layer& layer, GstBuffer* picture, const SourceFormat& format) {
  if (!layer.fitter || !layer.fitter->Takes(format)) {
    auto fitter = LayerFitter::Make(format, layer.encoder->format());
    if (!fitter) {
      OnBroken(fitter.error().context);
      return nullptr;
    }
    layer.fitter = std::move(*fitter);
  }
  return layer.fitter->Fit(picture);
}

void Transcoder::OnFrame(std::size_t index, std::uint64_t generation, EncodedFrame frame) {
  Layer& layer = *layers_[index];
  if (silent_ || !layer.activation.Takes(generation, frame.key_frame)) return;
  ++layer.frames_out;
  LayerFrame made{.layer = index, .frame = std::move(frame)};
  if (!layer.encoder->has_own_thread()) {
    together_.push_back(std::move(made));
    return;
  }
  std::vector<LayerFrame> alone;
  alone.push_back(std::move(made));
  callbacks_.on_frames(std::move(alone));
}

void Transcoder::OnBroken(const std::string& text) {
  if (silent_.exchange(true)) return;
  callbacks_.on_error({ErrorCode::kInternal, "video transcoder: " + text});
}

}  // namespace ingress::media::gst
