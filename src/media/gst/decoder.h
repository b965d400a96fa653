#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/decoder_memory.h"
#include "media/gst/gst_ptr.h"
#include "media/libav_ptr.h"
#include "media/picture_budget.h"

namespace ingress::media::gst {

/// Decodes one coded picture after the other on a thread of its own and holds none back that the
/// stream does not reorder.
///
/// It is libavcodec itself, without GStreamer's elements around it: these copy every picture that
/// others refer to, and every coded one.
class Decoder {
 public:
  struct Picture {
    GstBuffer* buffer;         // with its presentation time; libavcodec's memory
    const GstVideoInfo& info;  // colours complete
    ByteView captions;         // cc_data of ATSC A/53
  };
  /// On the decoder's thread.
  struct Callbacks {
    /// In presentation order; valid during the call.
    std::function<void(const Picture& picture)> on_picture;
    std::function<void()> on_decode_error;
    std::function<void(std::string text)> on_broken;
    /// The answer to Drain().
    std::function<void()> on_drained;
  };

  struct Options {
    VideoCodec codec = VideoCodec::kH264;
    int threads = 1;
    std::int64_t max_pixels = codec::kDefaultMaxInputPixels;  // as codec::CheckDecoderNeed()
  };
  /// Errors: kUnsupported when libavcodec does not decode the codec.
  static Result<std::unique_ptr<Decoder>> Make(const Options& options, Callbacks callbacks);

  ~Decoder() { Stop(); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  void Start();

  /// Returns when the picture that is being decoded is done; those that wait are dropped.
  void Stop();

  struct Input {
    Bytes payload;  // as DecoderInput::Convert() returns it
    SessionTime dts{};
    SessionTime pts{};
    bool catching_up = false;  // decoded for its successors only
  };
  /// Never blocks.
  void Push(Input input);

  /// Calls on_drained once no picture waits any more; within the call where none does. Calls that
  /// are not answered yet have one answer.
  void Drain();

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
  Decoder(const Options& options, Callbacks callbacks)
      : callbacks_(std::move(callbacks)), budget_(codec::DecoderBudget(options.max_pixels)) {}

  Result<void> Open(const Options& options);
  void Run();
  bool Take(Input& next);
  void Decode(Input input);
  void OnFrame(AvPtr<AVFrame> frame);

  Callbacks callbacks_;
  PictureBudget budget_;
  AvPtr<AVCodecContext> context_;  // decoder thread, once that runs
  AvPtr<AVPacket> packet_;

  mutable std::mutex mutex_;  // pushed by one thread, taken by the decoder's
  std::condition_variable changed_;
  std::deque<Input> waiting_;
  Queues queues_;
  bool draining_ = false;  // on_drained is owed
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ingress::media::gst
