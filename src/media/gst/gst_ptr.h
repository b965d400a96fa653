#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include <memory>

namespace ingress::media::gst {

/// Gives back what GStreamer handed out with one reference.
struct GstUnref {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstBufferPool* pool) const {
    gst_buffer_pool_set_active(pool, FALSE);
    gst_object_unref(pool);
  }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstPadTemplate* shape) const { gst_object_unref(shape); }
  void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
  void operator()(GError* error) const { g_error_free(error); }
};

template <typename T>
using GstPtr = std::unique_ptr<T, GstUnref>;

}  // namespace ingress::media::gst
