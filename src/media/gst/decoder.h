#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "media/gst/pipeline.h"

namespace ingress::media::gst {

/// Decodes one coded picture after the other on a thread of its own and holds none back that the
/// stream does not reorder.
class Decoder {
 public:
  struct Callbacks {
    /// A picture in presentation order; `info` stays valid during the call.
    std::function<void(GstBuffer* picture, const GstVideoInfo& info)> on_picture;
    std::function<void()> on_decode_error;
    std::function<void(std::string text)> on_broken;
  };

  /// Errors: kUnsupported when no element decodes `codec`.
  static Result<std::unique_ptr<Decoder>> Make(VideoCodec codec, int threads, Callbacks callbacks);

  Result<void> Start() { return pipeline_->Start(); }
  void Stop() { pipeline_->Stop(); }

  /// Never blocks. `payload`: as DecoderInput::Convert() returns it.
  void Push(Bytes payload, SessionTime dts, SessionTime pts);

  std::size_t queued_pictures() const { return queued_pictures_; }
  std::size_t queued_bytes() const { return queued_bytes_; }

 private:
  explicit Decoder(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  void OnSample(GstSample* sample);
  static GstPadProbeReturn OnDequeued(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  Callbacks callbacks_;
  std::atomic<std::size_t> queued_pictures_ = 0;
  std::atomic<std::size_t> queued_bytes_ = 0;
  GstPtr<GstCaps> caps_;  // of info_; decoder thread
  GstVideoInfo info_{};
  std::unique_ptr<Pipeline> pipeline_;  // last: its thread uses what stands above
};

}  // namespace ingress::media::gst
