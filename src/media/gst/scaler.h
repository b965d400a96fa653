#pragma once

#include <memory>

#include "base/result.h"
#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// Converts raw pictures of one format and size into another. One thread.
class Scaler {
 public:
  /// Errors: kUnsupported when the conversion does not exist.
  static Result<Scaler> Make(const GstVideoInfo& from, const GstVideoInfo& to);

  bool Takes(const GstVideoInfo& from) const { return gst_video_info_is_equal(&from_, &from); }

  /// A new picture with the time of `picture`; null when memory cannot be mapped.
  GstPtr<GstBuffer> Scale(GstBuffer* picture);

 private:
  Scaler() = default;

  GstVideoInfo from_{};
  GstVideoInfo to_{};
  GstPtr<GstVideoConverter> converter_;
  GstPtr<GstBufferPool> pool_;
};

}  // namespace ingress::media::gst
