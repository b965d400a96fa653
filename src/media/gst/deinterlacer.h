#pragma once

#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// Whether a picture consists of two fields that were taken one after the other.
bool IsInterlaced(const GstVideoInfo& info, const GstBuffer* picture);

/// Makes progressive pictures of the fields of interlaced ones; see DeinterlacePlane(). One thread.
class Deinterlacer {
 public:
  /// A picture of the field that was taken first or second. Null when memory cannot be mapped.
  GstPtr<GstBuffer> MakeField(const GstVideoInfo& info, GstBuffer* picture, bool second);

  /// `picture` becomes what the next one is compared with. Once a picture, after its fields.
  void Remember(const GstVideoInfo& info, GstBuffer* picture);

 private:
  GstVideoInfo info_{};
  GstPtr<GstBufferPool> pool_;
  GstPtr<GstBuffer> previous_;
};

}  // namespace ingress::media::gst
