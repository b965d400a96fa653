#pragma once

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// appsrc ! one element ! appsink, on one thread of its own.
class Pipeline {
 public:
  struct Callbacks {
    std::function<void(GstSample* sample)> on_sample;  // borrowed
    std::function<void(std::string text)> on_warning;  // the element goes on
    std::function<void(std::string text)> on_error;    // nothing more will come
  };

  /// Takes over `element`. `sink_caps` may be null for any.
  static Result<std::unique_ptr<Pipeline>> Make(GstPtr<GstElement> element, GstCaps* sink_caps,
                                                Callbacks callbacks);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Errors: kInternal when the elements refuse to run.
  Result<void> Start();

  /// Ends the thread. No callback runs afterwards, and a blocked Push() returns.
  void Stop();

  /// Where buffers that wait for the element become too many, Push() blocks.
  void BlockAbove(guint64 buffers);

  void SetInputCaps(GstCaps* caps);

  /// False once stopped or broken.
  bool Push(GstPtr<GstBuffer> buffer);

  GstElement* element() const { return element_; }
  GstPtr<GstPad> source_pad() const;  // of the appsrc

 private:
  explicit Pipeline(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  Result<void> Assemble(GstPtr<GstElement> element, GstCaps* sink_caps);
  void ConfigureSource();
  void ConfigureSink(GstCaps* sink_caps);
  void OnMessage(GstMessage* message);

  static GstFlowReturn OnNewSample(GstAppSink* sink, gpointer self);
  static GstBusSyncReply OnBusMessage(GstBus* bus, GstMessage* message, gpointer self);

  Callbacks callbacks_;
  GstPtr<GstElement> pipeline_;
  GstElement* source_ = nullptr;  // these three belong to pipeline_
  GstElement* element_ = nullptr;
  GstElement* sink_ = nullptr;
};

}  // namespace ingress::media::gst
