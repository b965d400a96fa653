#pragma once

#include <memory>

#include "base/result.h"
#include "media/gst/gst_ptr.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace ingress::media::gst {

/// How libavcodec's picture lies in memory and what its colours mean, in GStreamer's terms; what a
/// stream leaves open is left open. Errors: kUnsupported for samples that GStreamer does not know.
Result<GstVideoInfo> DescribePicture(const AVFrame& frame, AVRational frame_rate);

/// The picture as a buffer that looks at libavcodec's own memory, read-only, for as long as the
/// buffer or a copy of it lives: nothing is copied. `info`: of DescribePicture(). No time is set.
GstPtr<GstBuffer> WrapPicture(const std::shared_ptr<const AVFrame>& frame,
                              const GstVideoInfo& info);

}  // namespace ingress::media::gst
