#pragma once

#include "base/result.h"
#include "media/gst/gst_ptr.h"
#include "media/video_transcoder.h"

namespace ingress::media::gst {

/// An encoder for one layer that holds no picture back, and the caps of what it puts out.
struct EncoderElement {
  GstPtr<GstElement> element;
  GstPtr<GstCaps> caps;
  /// It believes the frame rate of its input's caps and gives each picture its share of a second;
  /// others read the pictures' times.
  bool counts_frames = false;
  bool writes_colours = true;  // its SPS says what its input's caps say
};

struct EncoderSettings {
  VideoCodec codec = VideoCodec::kH264;
  H264Profile profile = H264Profile::kHigh;
  H264Encoder encoder = H264Encoder::kAny;
  VideoLayerSpec layer;
  double max_frame_rate = 30;
};

/// Errors: kUnsupported when GStreamer has no such encoder.
Result<EncoderElement> MakeEncoder(const EncoderSettings& settings);

/// Changes the target bitrate of a running encoder.
void SetBitrate(GstElement* encoder, int bits_per_second);

}  // namespace ingress::media::gst
