#include "media/gst/decoder.h"

#include <array>
#include <string>
#include <utility>

#include "media/gst/colours.h"
#include "media/gst/runtime.h"

namespace ingress::media::gst {
namespace {

struct DecoderElement {
  VideoCodec codec;
  const char* factory;
  const char* plugin;
  const char* caps;
};

constexpr std::array kDecoders = {
    DecoderElement{VideoCodec::kH264, "avdec_h264", "libgstlibav.so",
                   "video/x-h264,stream-format=byte-stream,alignment=au"},
    DecoderElement{VideoCodec::kHevc, "avdec_h265", "libgstlibav.so",
                   "video/x-h265,stream-format=byte-stream,alignment=au"},
    DecoderElement{VideoCodec::kVp8, "vp8dec", "libgstvpx.so", "video/x-vp8"},
    // libavcodec decodes VP9 faster than libvpx, and 10 bit too.
    DecoderElement{VideoCodec::kVp9, "avdec_vp9", "libgstlibav.so", "video/x-vp9"},
    DecoderElement{VideoCodec::kAv1, "av1dec", "libgstaom.so",
                   "video/x-av1,stream-format=obu-stream,alignment=tu"},
};

bool HasProperty(GstElement* element, const char* name) {
  return g_object_class_find_property(G_OBJECT_GET_CLASS(element), name) != nullptr;
}

void Configure(GstElement* decoder, int threads) {
  g_object_set(decoder, "qos", FALSE, "max-errors", -1, nullptr);
  // A second thread holds a picture back each time. In strict mode libavcodec holds back as many
  // as the level allows unless the SPS says better.
  if (HasProperty(decoder, "max-threads")) g_object_set(decoder, "max-threads", threads, nullptr);
  if (HasProperty(decoder, "std-compliance")) g_object_set(decoder, "std-compliance", 0, nullptr);
  if (HasProperty(decoder, "threads")) g_object_set(decoder, "threads", threads, nullptr);
}

void DeleteBytes(gpointer bytes) { delete static_cast<Bytes*>(bytes); }

/// The bytes without a copy; the buffer owns them.
GstPtr<GstBuffer> Wrap(Bytes payload) {
  auto owned = std::make_unique<Bytes>(std::move(payload));
  Bytes* bytes = owned.release();
  return GstPtr<GstBuffer>(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, bytes->data(),
                                                       bytes->size(), 0, bytes->size(), bytes,
                                                       DeleteBytes));
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::Make(VideoCodec codec, int threads, Callbacks callbacks) {
  for (const DecoderElement& candidate : kDecoders) {
    if (candidate.codec != codec) continue;
    auto element = MakeElement(candidate.factory, candidate.plugin);
    if (!element) return std::unexpected(std::move(element.error()));
    Configure(element->get(), threads);

    std::unique_ptr<Decoder> decoder(new Decoder(std::move(callbacks)));
    Decoder* self = decoder.get();
    auto pipeline = Pipeline::Make(
        std::move(*element), nullptr,
        {.on_sample = [self](GstSample* sample) { self->OnSample(sample); },
         .on_warning = [self](const std::string&) { self->callbacks_.on_decode_error(); },
         .on_error = [self](std::string text) { self->callbacks_.on_broken(std::move(text)); }});
    if (!pipeline) return std::unexpected(std::move(pipeline.error()));
    decoder->pipeline_ = std::move(*pipeline);
    const GstPtr<GstCaps> caps(gst_caps_from_string(candidate.caps));
    decoder->pipeline_->SetInputCaps(caps.get());
    gst_pad_add_probe(decoder->pipeline_->source_pad().get(), GST_PAD_PROBE_TYPE_BUFFER, OnDequeued,
                      self, nullptr);
    return decoder;
  }
  return Fail(ErrorCode::kUnsupported, "no decoder for this video codec");
}

void Decoder::Push(Input input) {
  const std::size_t size = input.payload.size();
  GstPtr<GstBuffer> buffer = Wrap(std::move(input.payload));
  GST_BUFFER_PTS(buffer.get()) = ToGst(input.pts);
  GST_BUFFER_DTS(buffer.get()) = ToGst(input.dts);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({size, input.catching_up});
    Queue& queue = input.catching_up ? queues_.catching_up : queues_.live;
    ++queue.pictures;
    queue.bytes += size;
  }
  // Refused only when stopped or broken; then the queues matter no more.
  pipeline_->Push(std::move(buffer));
}

Decoder::Queues Decoder::queues() const {
  const std::lock_guard lock(mutex_);
  return queues_;
}

GstPadProbeReturn Decoder::OnDequeued(GstPad* /*pad*/, GstPadProbeInfo* /*info*/, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  const std::lock_guard lock(decoder->mutex_);
  const Waiting taken = decoder->waiting_.front();
  decoder->waiting_.pop_front();
  Queue& queue = taken.catching_up ? decoder->queues_.catching_up : decoder->queues_.live;
  --queue.pictures;
  queue.bytes -= taken.bytes;
  return GST_PAD_PROBE_OK;
}

void Decoder::OnSample(GstSample* sample) {
  GstCaps* caps = gst_sample_get_caps(sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (caps == nullptr || buffer == nullptr) return;
  if (caps != caps_.get()) {
    if (gst_video_info_from_caps(&info_, caps) == FALSE) return;
    CompleteColours(info_);
    caps_.reset(gst_caps_ref(caps));
  }
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED)) callbacks_.on_decode_error();
  callbacks_.on_picture(buffer, info_);
}

}  // namespace ingress::media::gst
