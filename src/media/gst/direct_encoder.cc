#include "media/gst/direct_encoder.h"

#include <utility>

namespace ingress::media::gst {
namespace {

std::string TextOf(GstMessage* message) {
  GError* raw_error = nullptr;
  gchar* raw_debug = nullptr;
  gst_message_parse_error(message, &raw_error, &raw_debug);
  const GstPtr<GError> error(raw_error);
  const std::unique_ptr<gchar, decltype(&g_free)> debug(raw_debug, g_free);
  std::string text =
      std::string(GST_MESSAGE_SRC_NAME(message)) + ": " + (error ? error->message : "unknown");
  if (debug) text += std::string(" (") + debug.get() + ")";
  return text;
}

bool LinkPads(GstPad* from, GstPad* to) {
  return from != nullptr && to != nullptr && GST_PAD_LINK_SUCCESSFUL(gst_pad_link(from, to));
}

/// A pad of ours, with one reference.
GstPtr<GstPad> MakePad(const char* name, GstPadDirection direction, const GstCaps* caps) {
  const GstPtr<GstPadTemplate> shape(GST_PAD_TEMPLATE(gst_object_ref_sink(
      gst_pad_template_new(name, direction, GST_PAD_ALWAYS, const_cast<GstCaps*>(caps)))));
  return GstPtr<GstPad>(GST_PAD(gst_object_ref_sink(gst_pad_new_from_template(shape.get(), name))));
}

}  // namespace

DirectEncoder::DirectEncoder(GstPtr<GstElement> element, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), element_(std::move(element)), bus_(gst_bus_new()) {}

Result<std::unique_ptr<DirectEncoder>> DirectEncoder::Make(GstPtr<GstElement> element,
                                                           const GstCaps* output,
                                                           Callbacks callbacks) {
  std::unique_ptr<DirectEncoder> made(new DirectEncoder(std::move(element), std::move(callbacks)));
  if (auto linked = made->Link(output); !linked) return std::unexpected(std::move(linked.error()));
  return made;
}

DirectEncoder::~DirectEncoder() {
  Stop();
  gst_element_set_bus(element_.get(), nullptr);
}

Result<void> DirectEncoder::Link(const GstCaps* output) {
  gst_bus_set_sync_handler(bus_.get(), OnBusMessage, this, nullptr);
  gst_element_set_bus(element_.get(), bus_.get());

  const GstPtr<GstCaps> anything(gst_caps_new_any());
  source_ = MakePad("src", GST_PAD_SRC, anything.get());
  sink_ = MakePad("sink", GST_PAD_SINK, output);
  gst_pad_set_element_private(sink_.get(), this);
  gst_pad_set_chain_function(sink_.get(), OnCoded);
  gst_pad_set_event_function(sink_.get(), OnEvent);

  const GstPtr<GstPad> in(gst_element_get_static_pad(element_.get(), "sink"));
  const GstPtr<GstPad> out(gst_element_get_static_pad(element_.get(), "src"));
  if (LinkPads(source_.get(), in.get()) && LinkPads(out.get(), sink_.get())) return {};
  return Fail(ErrorCode::kInternal,
              std::string("GStreamer: ") + GST_OBJECT_NAME(element_.get()) + " does not link");
}

Result<void> DirectEncoder::Start() {
  gst_pad_set_active(sink_.get(), TRUE);
  gst_pad_set_active(source_.get(), TRUE);
  if (gst_element_set_state(element_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    return Fail(ErrorCode::kInternal,
                std::string("GStreamer: ") + GST_OBJECT_NAME(element_.get()) + " does not start");
  }
  return {};
}

void DirectEncoder::Stop() {
  if (source_) gst_pad_set_active(source_.get(), FALSE);
  gst_element_set_state(element_.get(), GST_STATE_NULL);
  if (sink_) gst_pad_set_active(sink_.get(), FALSE);
}

void DirectEncoder::SetInputCaps(GstCaps* caps) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(source_.get(), gst_event_new_stream_start("pictures"));
  gst_pad_push_event(source_.get(), gst_event_new_caps(caps));
  gst_pad_push_event(source_.get(), gst_event_new_segment(&segment));
}

void DirectEncoder::Push(GstPtr<GstBuffer> picture) {
  const GstFlowReturn flow = gst_pad_push(source_.get(), picture.release());
  if (flow == GST_FLOW_OK || flow == GST_FLOW_FLUSHING) return;
  callbacks_.on_error(std::string(GST_OBJECT_NAME(element_.get())) + ": " +
                      gst_flow_get_name(flow));
}

void DirectEncoder::ForceKeyFrame() {
  gst_pad_push_event(sink_.get(),
                     gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

GstFlowReturn DirectEncoder::OnCoded(GstPad* pad, GstObject* /*parent*/, GstBuffer* coded) {
  auto* self = static_cast<DirectEncoder*>(gst_pad_get_element_private(pad));
  const GstPtr<GstBuffer> owned(coded);
  // Encoders shift their output by hours to make room for negative DTS and say so in the segment.
  const guint64 time =
      gst_segment_to_running_time(&self->segment_, GST_FORMAT_TIME, GST_BUFFER_PTS(coded));
  if (time != GST_CLOCK_TIME_NONE) self->callbacks_.on_coded(coded, time);
  return GST_FLOW_OK;
}

gboolean DirectEncoder::OnEvent(GstPad* pad, GstObject* /*parent*/, GstEvent* event) {
  auto* self = static_cast<DirectEncoder*>(gst_pad_get_element_private(pad));
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &self->segment_);
  gst_event_unref(event);
  return TRUE;
}

GstBusSyncReply DirectEncoder::OnBusMessage(GstBus* /*bus*/, GstMessage* message, gpointer self) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    static_cast<DirectEncoder*>(self)->callbacks_.on_error(TextOf(message));
  }
  gst_message_unref(message);  // GST_BUS_DROP leaves that to the handler
  return GST_BUS_DROP;
}

}  // namespace ingress::media::gst
