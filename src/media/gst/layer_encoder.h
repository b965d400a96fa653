#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "media/gst/direct_encoder.h"
#include "media/video_transcoder.h"

namespace ingress::media::gst {

/// Encodes one layer: one picture in, one out, none held back. A large layer has a thread of its
/// own. A small one is done on the caller's: to hand it over and wake up for it takes more time
/// than could be won.
class LayerEncoder {
 public:
  struct Options {
    VideoCodec codec = VideoCodec::kH264;
    H264Profile profile = H264Profile::kHigh;
    H264Encoder encoder = H264Encoder::kAny;
    VideoLayerSpec layer;
    double max_frame_rate = 30;
    bool keep_range = false;
  };
  struct Callbacks {
    /// `generation`: as it was given with the picture.
    std::function<void(std::uint64_t generation, EncodedFrame frame)> on_frame;
    std::function<void(std::string text)> on_broken;
  };

  /// Errors: kUnsupported for a codec without an encoder.
  static Result<std::unique_ptr<LayerEncoder>> Make(const Options& options, Callbacks callbacks);

  ~LayerEncoder() { Stop(); }
  LayerEncoder(const LayerEncoder&) = delete;
  LayerEncoder& operator=(const LayerEncoder&) = delete;

  Result<void> Start();

  /// Nothing is called back once this has returned; Encode() may still run, and returns soon.
  void Stop();

  /// False: Encode() calls back itself.
  bool has_own_thread() const { return has_own_thread_; }

  /// Fixes the input's format: I420 in the layer's size, colours as SetLayerColours() makes them of
  /// those of `source`. Once, after Start() and before the first Encode().
  void SetFormat(const GstVideoInfo& source, double frame_rate);
  const GstVideoInfo& format() const { return format_; }
  bool has_format() const { return format_.width > 0; }

  /// A picture marked GST_BUFFER_FLAG_DISCONT becomes a key frame. `captions`: as
  /// CaptionQueue::Take() returns them. With a thread of its own, blocks while kMaxWaiting pictures
  /// wait.
  void Encode(GstPtr<GstBuffer> picture, Bytes captions, std::uint64_t generation);

  /// The next picture that reaches the encoder becomes a key frame. Any thread.
  void RequestKeyFrame() { key_frame_wanted_ = true; }

  /// What the source really delivers, so that a slow one still gets the layer's bitrate.
  void SetFrameRate(double frame_rate);

  /// Another target, bits per second. Any thread.
  void SetBitrate(int bits_per_second);

 private:
  static constexpr std::size_t kMaxWaiting = 2;  // pictures

  struct Waiting {
    GstPtr<GstBuffer> picture;
    Bytes captions;
    std::uint64_t generation = 0;
  };

  LayerEncoder(const Options& options, Callbacks callbacks);

  void Run();
  void EncodeNow(Waiting next);
  void ApplyBitrate();
  void OnCoded(GstBuffer* coded, GstClockTime time);
  Bytes Polished(ByteView key_frame) const;

  Options options_;
  Callbacks callbacks_;
  const bool has_own_thread_;
  GstVideoInfo format_{};
  double nominal_frame_rate_ = 30;
  std::atomic<int> bitrate_;
  std::atomic<double> share_ = 1;  // nominal frame rate over the measured one
  std::atomic<bool> key_frame_wanted_ = false;
  bool counts_frames_ = false;  // the encoder shares bits by the nominal frame rate
  bool writes_colours_ = true;
  // Of the picture that is being encoded.
  Bytes captions_;
  std::uint64_t generation_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::unique_ptr<DirectEncoder> encoder_;
  std::thread thread_;
};

}  // namespace ingress::media::gst
