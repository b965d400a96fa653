#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

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

  struct Input {
    Bytes payload;  // as DecoderInput::Convert() returns it
    SessionTime dts{};
    SessionTime pts{};
    bool catching_up = false;  // decoded for its successors only
  };
  /// Never blocks.
  void Push(Input input);

  /// Coded pictures that wait for the decoder.
  struct Queue {
    std::size_t pictures = 0;
    std::size_t bytes = 0;
  };
  struct Queues {
    Queue live;
    Queue catching_up;
  };
  Queues queues() const;

 private:
  explicit Decoder(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  void OnSample(GstSample* sample);
  static GstPadProbeReturn OnDequeued(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  Callbacks callbacks_;
  struct Waiting {
    std::size_t bytes;
    bool catching_up;
  };
  mutable std::mutex mutex_;  // pushed by one thread, taken by the decoder's
  std::deque<Waiting> waiting_;
  Queues queues_;
  GstPtr<GstCaps> caps_;  // of info_; decoder thread
  GstVideoInfo info_{};
  std::unique_ptr<Pipeline> pipeline_;  // last: its thread uses what stands above
};

}  // namespace ingress::media::gst
