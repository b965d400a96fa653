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
#include "media/gst/gst_ptr.h"
#include "media/libav_ptr.h"

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
  };

  /// Errors: kUnsupported when libavcodec does not decode `codec`.
  static Result<std::unique_ptr<Decoder>> Make(VideoCodec codec, int threads, Callbacks callbacks);

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

  Result<void> Open(VideoCodec codec, int threads);
  void Run();
  bool Take(Input& next);
  void Decode(Input input);
  void OnFrame(AvPtr<AVFrame> frame);

  Callbacks callbacks_;
  AvPtr<AVCodecContext> context_;  // decoder thread, once that runs
  AvPtr<AVPacket> packet_;

  mutable std::mutex mutex_;  // pushed by one thread, taken by the decoder's
  std::condition_variable changed_;
  std::deque<Input> waiting_;
  Queues queues_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ingress::media::gst
