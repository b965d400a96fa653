#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "media/gst/pipeline.h"
#include "media/video_transcoder.h"

namespace ingress::media::gst {

/// Encodes one layer on a thread of its own: one picture in, one out, none held back.
class LayerEncoder {
 public:
  struct Options {
    VideoCodec codec = VideoCodec::kH264;
    H264Profile profile = H264Profile::kHigh;
    H264Encoder encoder = H264Encoder::kAny;
    VideoLayerSpec layer;
    double max_frame_rate = 30;
  };
  struct Callbacks {
    std::function<void(EncodedFrame frame)> on_frame;
    std::function<void(std::string text)> on_broken;
  };

  /// Errors: kUnsupported for a codec without an encoder.
  static Result<std::unique_ptr<LayerEncoder>> Make(const Options& options, Callbacks callbacks);

  Result<void> Start() { return pipeline_->Start(); }
  void Stop() { pipeline_->Stop(); }

  /// Fixes the input's format: I420 in the layer's size, colours as SetLayerColours() makes them of
  /// those of `source`. Once, before the first Encode().
  void SetFormat(const GstVideoInfo& source, double frame_rate);
  const GstVideoInfo& format() const { return format_; }
  bool has_format() const { return format_.width > 0; }

  /// Blocks while kMaxWaiting pictures wait. A picture marked GST_BUFFER_FLAG_DISCONT becomes a
  /// key frame. `captions`: as CaptionQueue::Take() returns them.
  void Encode(GstPtr<GstBuffer> picture, const Bytes& captions);

  /// The next picture that reaches the encoder becomes a key frame. Any thread.
  void RequestKeyFrame() { key_frame_wanted_ = true; }

  /// What the source really delivers, so that a slow one still gets the layer's bitrate.
  void SetFrameRate(double frame_rate);

  /// Another target, bits per second. Any thread.
  void SetBitrate(int bits_per_second);

 private:
  static constexpr guint64 kMaxWaiting = 2;  // pictures

  LayerEncoder(const Options& options, Callbacks callbacks)
      : options_(options), callbacks_(std::move(callbacks)), bitrate_(options.layer.bitrate) {}

  void ApplyBitrate();
  void OnSample(GstSample* sample);
  Bytes Polished(ByteView key_frame) const;
  Bytes TakeCaptions(SessionTime pts);
  static GstPadProbeReturn OnPicture(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  Options options_;
  Callbacks callbacks_;
  GstVideoInfo format_{};
  double nominal_frame_rate_ = 30;
  std::atomic<int> bitrate_;
  std::atomic<double> share_ = 1;  // nominal frame rate over the measured one
  std::atomic<bool> key_frame_wanted_ = false;
  bool counts_frames_ = false;  // the encoder shares bits by the nominal frame rate
  bool writes_colours_ = true;
  std::mutex captions_mutex_;  // put in by the decoder's thread
  std::map<SessionTime, Bytes> captions_;
  std::unique_ptr<Pipeline> pipeline_;  // last: its thread uses what stands above
};

}  // namespace ingress::media::gst
