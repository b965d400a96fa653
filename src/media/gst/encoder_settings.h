#pragma once

#include "base/result.h"
#include "media/gst/gst_ptr.h"
#include "media/video_transcoder.h"

namespace ingress::media::gst {

/// An encoder for one layer that holds no picture back, and the caps of what it puts out.
struct EncoderElement {
  GstPtr<GstElement> element;
  GstPtr<GstCaps> caps;
};

/// Errors: kUnsupported when GStreamer has no such encoder.
Result<EncoderElement> MakeEncoder(VideoCodec codec, H264Profile profile,
                                   const VideoLayerSpec& layer, double max_frame_rate);

/// Changes the target bitrate of a running encoder.
void SetBitrate(GstElement* encoder, VideoCodec codec, int bits_per_second);

}  // namespace ingress::media::gst
