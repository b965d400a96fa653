#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "media/libav_ptr.h"
#include "media/testing/clips.h"
#include "media/video_transcoder.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace ingress::media {

/// Pictures that a test paints and libavcodec encodes.
struct TestStream {
  std::string encoder = "libx264";
  AVPixelFormat format = AV_PIX_FMT_YUV420P;
  int width = 320;
  int height = 240;
  AVRational pixel_aspect{1, 1};
  AVRational frame_rate{25, 1};
  int pictures = 10;
  bool interlaced = false;  // top field first
  bool full_range = false;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  std::map<std::string, std::string> options{};  // of the encoder
  std::function<void(AVFrame& picture, int number)> paint{};
};

/// In-band parameter sets, Annex B where the codec knows it; times from the frame rate.
VideoClip EncodeTestStream(const TestStream& stream);

/// Fills a rectangle of a planar picture; `values` are samples of its own depth, sizes in luma
/// pixels.
struct Samples {
  int y = 0;
  int u = 0;
  int v = 0;
};
void Fill(AVFrame& picture, int x, int y, int width, int height, Samples values);
void FillAll(AVFrame& picture, Samples values);

/// The mean of a square of 8 by 8 luma pixels around a point, 8 bits a sample.
Samples SampleAt(const AVFrame& picture, int x, int y);

/// Red, green and blue, 0 to 255, of a YCbCr value by the picture's own colour description.
struct Rgb {
  double r = 0;
  double g = 0;
  double b = 0;
};
Rgb ToRgb(const AVFrame& picture, Samples values);

/// The other way, for planar pictures of any depth.
Samples FromRgb(const AVFrame& picture, Rgb colour);

/// A pattern that moves without ever repeating, so that an encoder has to spend its bits.
void PaintMotion(AVFrame& picture, int number);

/// Makes a transcoder and collects what comes out of it.
class TranscoderRig {
 public:
  explicit TranscoderRig(VideoTranscoderOptions options);

  VideoTranscoder& operator*() { return *transcoder_; }
  VideoTranscoder* operator->() { return transcoder_.get(); }
  void Destroy() { transcoder_.reset(); }

  /// Never so many at once that the transcoder begins to leave pictures out.
  void Push(const CodedPicture& picture);
  void Push(const VideoClip& clip, std::size_t from, std::size_t to);

  /// The frames of a layer once there are `count`, or those that came before patience ran out.
  std::vector<EncodedFrame> Await(std::size_t layer, std::size_t count);

  /// True once a layer has put out the picture of that time or a later one.
  bool AwaitTime(std::size_t layer, SessionTime pts);

  std::size_t count(std::size_t layer);

  /// How often the transcoder has said that nothing waits for its decoder.
  int drained();
  bool AwaitDrained();

  /// While set, the first layer's thread stands still.
  void Hold(bool held);

 private:
  void OnFrame(std::size_t layer, const EncodedFrame& frame);
  void OnError(const Error& error);
  void OnDrained();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<EncodedFrame>> frames_;
  std::string error_;
  bool held_ = false;
  int drained_ = 0;
  std::unique_ptr<VideoTranscoder> transcoder_;
};

/// Pushes a whole clip and returns what one layer makes of it.
std::vector<EncodedFrame> TranscodeClip(const VideoClip& clip, VideoTranscoderOptions options,
                                        std::size_t layer = 0);

}  // namespace ingress::media
