#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// A GStreamer element outside of any pipeline: raw pictures go in and coded ones come out in the
/// same call, on the caller's thread. One thread at a time, but for element() and Stop().
class DirectEncoder {
 public:
  struct Callbacks {
    /// Borrowed; `time`: of its picture. Within Push().
    std::function<void(GstBuffer* coded, GstClockTime time)> on_coded;
    std::function<void(std::string text)> on_error;  // nothing more will come; perhaps repeated
  };

  /// `output`: what has to come out, the encoder's settings among it.
  /// Errors: kInternal when the pads do not fit.
  static Result<std::unique_ptr<DirectEncoder>> Make(GstPtr<GstElement> element,
                                                     const GstCaps* output, Callbacks callbacks);
  ~DirectEncoder();

  /// Errors: kInternal when it refuses to.
  Result<void> Start();

  /// Returns when the picture that is being encoded is out; nothing comes after it.
  void Stop();

  /// Once, after Start() and before the first Push().
  void SetInputCaps(GstCaps* caps);

  /// Without effect once stopped.
  void Push(GstPtr<GstBuffer> picture);

  /// The next picture becomes a key frame.
  void ForceKeyFrame();

  GstElement* element() const { return element_.get(); }

 private:
  DirectEncoder(GstPtr<GstElement> element, Callbacks callbacks);

  Result<void> Link(const GstCaps* output);
  static GstFlowReturn OnCoded(GstPad* pad, GstObject* parent, GstBuffer* coded);
  static gboolean OnEvent(GstPad* pad, GstObject* parent, GstEvent* event);
  static GstBusSyncReply OnBusMessage(GstBus* bus, GstMessage* message, gpointer self);

  Callbacks callbacks_;
  GstSegment segment_{};  // of what comes out
  GstPtr<GstElement> element_;
  GstPtr<GstBus> bus_;
  GstPtr<GstPad> source_;  // ours, in front of it
  GstPtr<GstPad> sink_;    // ours, behind it
};

}  // namespace ingress::media::gst
