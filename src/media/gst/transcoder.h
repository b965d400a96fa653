#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "media/caption_queue.h"
#include "media/decode_saver.h"
#include "media/decoder_input.h"
#include "media/frame_rate_cap.h"
#include "media/frame_rate_meter.h"
#include "media/gst/decoder.h"
#include "media/gst/deinterlacer.h"
#include "media/gst/layer_encoder.h"
#include "media/gst/layer_fitter.h"
#include "media/gst/orientation.h"
#include "media/layer_activation.h"
#include "media/video_transcoder.h"

namespace ingress::media::gst {

/// VideoTranscoder with GStreamer's encoders. libavcodec decodes on a thread that also scales, each
/// layer from the next larger active one; a large layer is encoded on a thread of its own.
class Transcoder final : public VideoTranscoder {
 public:
  /// Limits of the pictures that wait for the decoder.
  static constexpr std::size_t kMaxQueuedPictures = 120;  // two seconds at 60 a second
  static constexpr std::size_t kMaxQueuedBytes = 8 * 1024 * 1024;
  /// And of those that are only decoded to catch up: 20 seconds at 60 a second.
  static constexpr std::size_t kMaxCatchUpPictures = 1200;
  static constexpr std::size_t kMaxCatchUpBytes = 32 * 1024 * 1024;
  /// With this many waiting, only every second decoded picture is encoded; with twice as many,
  /// every fourth: the last resort, when nobody sheds load in a better way.
  static constexpr std::size_t kThinOutPictures = 12;

  static Result<std::unique_ptr<Transcoder>> Make(VideoTranscoderOptions options,
                                                  Callbacks callbacks);
  ~Transcoder() override;

  void Push(CodedPicture picture) override;
  void RequestKeyFrame(std::size_t layer) override;
  void SetActive(std::size_t layer, bool active) override;
  void ActivateFrom(std::size_t layer, SessionTime pts) override;
  void SkipBefore(SessionTime pts) override { skip_before_ = pts; }
  void SetBitrate(std::size_t layer, int bits_per_second) override;
  void SetFrameRateDivisor(int divisor) override { divisor_ = divisor; }
  void Drain() override { decoder_->Drain(); }
  Counters counters() const override;

 private:
  struct Layer {
    std::unique_ptr<LayerEncoder> encoder;
    LayerActivation activation;
    std::atomic<std::uint64_t> frames_out = 0;
    std::optional<LayerFitter> fitter;  // decoder thread
  };

  Transcoder(VideoTranscoderOptions options, DecoderInput input, Callbacks callbacks);

  Result<void> MakeStages();
  bool QueueIsFull(std::size_t size, bool catching_up) const;
  void OnPicture(const Decoder::Picture& picture);
  void OnInterlaced(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts);
  void OnProgressive(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts);
  bool WorthEncoding(SessionTime pts);
  void Distribute(GstBuffer* picture, const GstVideoInfo& info, SessionTime pts);
  GstPtr<GstBuffer> Fit(Layer& layer, GstBuffer* picture, const SourceFormat& format);
  void OnFrame(std::size_t index, std::uint64_t generation, EncodedFrame frame);
  void OnBroken(const std::string& text);

  VideoTranscoderOptions options_;
  DecoderInput input_;
  Callbacks callbacks_;

  // Caller's thread.
  bool drops_to_key_frame_ = false;
  DecodeSaver saver_;

  // Decoder thread.
  FrameRateCap cap_;
  FrameRateMeter meter_;
  CaptionQueue captions_;
  Deinterlacer deinterlacer_;
  std::optional<SessionTime> last_pts_;
  std::optional<SessionTime> last_interlaced_;
  std::uint64_t thin_out_phase_ = 0;
  std::uint64_t divided_ = 0;
  std::vector<LayerFrame> together_;  // of one picture, encoded on this thread

  // Any thread.
  Orientation orientation_;
  std::atomic<SessionTime> admitted_ = SessionTime::min() / 2;  // the last within the rate
  std::atomic<SessionTime> skip_before_ = SessionTime::min();
  std::atomic<int> divisor_ = 1;
  std::atomic<bool> silent_ = false;  // broken and reported, or going down
  std::atomic<std::uint64_t> pictures_in_ = 0;
  std::atomic<std::uint64_t> pictures_dropped_ = 0;
  std::atomic<std::uint64_t> pictures_decoded_ = 0;
  std::atomic<std::uint64_t> pictures_skipped_ = 0;
  std::atomic<std::uint64_t> decode_errors_ = 0;

  std::vector<std::unique_ptr<Layer>> layers_;  // smallest first
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace ingress::media::gst
