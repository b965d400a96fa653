#include "media/gst/pipeline.h"

#include <utility>

#include "media/gst/runtime.h"

namespace ingress::media::gst {
namespace {

constexpr const char* kAppPlugin = "libgstapp.so";

/// Lets elements hand over buffers with their own strides; without it decoders copy each picture.
GstPadProbeReturn AnswerAllocation(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer /*self*/) {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  return GST_PAD_PROBE_HANDLED;
}

std::string TextOf(const char* source, const GError* error, const char* debug) {
  std::string text = std::string(source) + ": " + (error != nullptr ? error->message : "unknown");
  if (debug != nullptr) text += std::string(" (") + debug + ")";
  return text;
}

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::Make(GstPtr<GstElement> element, GstCaps* sink_caps,
                                                 Callbacks callbacks) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(callbacks)));
  if (auto assembled = pipeline->Assemble(std::move(element), sink_caps); !assembled) {
    return std::unexpected(std::move(assembled.error()));
  }
  return pipeline;
}

Pipeline::~Pipeline() { Stop(); }

Result<void> Pipeline::Assemble(GstPtr<GstElement> element, GstCaps* sink_caps) {
  auto source = MakeElement("appsrc", kAppPlugin);
  if (!source) return std::unexpected(std::move(source.error()));
  auto sink = MakeElement("appsink", kAppPlugin);
  if (!sink) return std::unexpected(std::move(sink.error()));

  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), nullptr);  // nothing waits for a time
  source_ = source->get();
  element_ = element.get();
  sink_ = sink->get();
  ConfigureSource();
  ConfigureSink(sink_caps);
  gst_bin_add_many(GST_BIN(pipeline_.get()), source_, element_, sink_, nullptr);
  if (gst_element_link_many(source_, element_, sink_, nullptr) == FALSE) {
    return Fail(ErrorCode::kInternal, "GStreamer: elements do not link");
  }
  const GstPtr<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(pipeline_.get())));
  gst_bus_set_sync_handler(bus.get(), OnBusMessage, this, nullptr);
  return {};
}

void Pipeline::ConfigureSource() {
  g_object_set(source_, "format", GST_FORMAT_TIME, "is-live", TRUE, "max-bytes", guint64{0},
               nullptr);
}

void Pipeline::ConfigureSink(GstCaps* sink_caps) {
  g_object_set(sink_, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
  if (sink_caps != nullptr) gst_app_sink_set_caps(GST_APP_SINK(sink_), sink_caps);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = OnNewSample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink_), &callbacks, this, nullptr);
  const GstPtr<GstPad> pad(gst_element_get_static_pad(sink_, "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, AnswerAllocation, nullptr,
                    nullptr);
}

Result<void> Pipeline::Start() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    return Fail(ErrorCode::kInternal,
                std::string("GStreamer: ") + GST_OBJECT_NAME(element_) + " does not start");
  }
  return {};
}

void Pipeline::Stop() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Pipeline::BlockAbove(guint64 buffers) {
  g_object_set(source_, "max-buffers", buffers, "block", TRUE, nullptr);
}

void Pipeline::SetInputCaps(GstCaps* caps) { gst_app_src_set_caps(GST_APP_SRC(source_), caps); }

bool Pipeline::Push(GstPtr<GstBuffer> buffer) {
  return gst_app_src_push_buffer(GST_APP_SRC(source_), buffer.release()) == GST_FLOW_OK;
}

GstPtr<GstPad> Pipeline::source_pad() const {
  return GstPtr<GstPad>(gst_element_get_static_pad(source_, "src"));
}

GstFlowReturn Pipeline::OnNewSample(GstAppSink* sink, gpointer self) {
  const GstPtr<GstSample> sample(gst_app_sink_pull_sample(sink));
  if (sample) static_cast<Pipeline*>(self)->callbacks_.on_sample(sample.get());
  return GST_FLOW_OK;
}

GstBusSyncReply Pipeline::OnBusMessage(GstBus* /*bus*/, GstMessage* message, gpointer self) {
  static_cast<Pipeline*>(self)->OnMessage(message);
  gst_message_unref(message);  // GST_BUS_DROP leaves that to the handler
  return GST_BUS_DROP;
}

void Pipeline::OnMessage(GstMessage* message) {
  const bool fatal = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  if (!fatal && GST_MESSAGE_TYPE(message) != GST_MESSAGE_WARNING) return;
  GError* raw_error = nullptr;
  gchar* raw_debug = nullptr;
  if (fatal) {
    gst_message_parse_error(message, &raw_error, &raw_debug);
  } else {
    gst_message_parse_warning(message, &raw_error, &raw_debug);
  }
  const GstPtr<GError> error(raw_error);
  const std::unique_ptr<gchar, decltype(&g_free)> debug(raw_debug, g_free);
  const std::string text = TextOf(GST_MESSAGE_SRC_NAME(message), error.get(), debug.get());
  (fatal ? callbacks_.on_error : callbacks_.on_warning)(text);
}

}  // namespace ingress::media::gst
