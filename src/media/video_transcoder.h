#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/decoder_memory.h"
#include "codec/h264_profile.h"

namespace ingress::media {

/// One output of the ladder.
struct VideoLayerSpec {
  int width = 0;    // pixels, even
  int height = 0;   // pixels, even
  int bitrate = 0;  // bits per second
};

using codec::H264Profile;

/// Which element encodes H.264.
enum class H264Encoder {
  kAny,  // x264enc, or openh264enc where that is missing
  kX264,
  kOpenH264,
};

struct VideoTranscoderOptions {
  VideoCodec input = VideoCodec::kH264;
  Bytes codec_config;                     // avcC, hvcC, av1C; empty where the pictures bring it
  VideoCodec output = VideoCodec::kH264;  // kH264 or kVp8
  H264Profile profile = H264Profile::kHigh;
  H264Encoder encoder = H264Encoder::kAny;
  double max_frame_rate = 30;          // frames above it are dropped before scaling
  std::vector<VideoLayerSpec> layers;  // smallest first, 1 to 3
  /// More than one share the slices of a picture, where it has several: worth it for a decoder that
  /// has to catch up, wasted in a running ladder.
  int decoder_threads = 1;
  /// Layers have the range of the source's samples, also the full one, because the source's own
  /// pictures go beside them; else always the limited one.
  bool keep_range = false;
  /// Larger pictures are not decoded, and no more at a time than codec::DecoderBudget() has memory
  /// for.
  std::int64_t max_input_pixels = codec::kDefaultMaxInputPixels;
};

/// One coded picture of the source, in decode order.
struct CodedPicture {
  Bytes payload;  // H.264/HEVC: length-prefixed NAL units as in FLV; others: the codec's frame
  SessionTime dts{};
  SessionTime pts{};
  bool key_frame = false;
};

/// An encoded picture of a layer, with the source picture's presentation time.
struct LayerFrame {
  std::size_t layer = 0;
  EncodedFrame frame;
};

/// Decodes one video stream and encodes it in several sizes: decode once, scale in cascade, encode
/// each active layer, large ones on threads of their own.
///
/// A layer always has the size and shape it was made with, whatever the source turns into: pictures
/// of another shape get black bars, pixels become square, interlaced pictures whole ones, wide
/// colours and high dynamic range BT.709, and pictures that lie on their side stand up (display
/// orientation SEI). Closed captions (ATSC A/53 in SEI) go with the pictures of H.264 layers.
///
/// A source may change its size in-band: its parameter sets then stand in front of the key frame.
///
/// Push() and the setters may be called from one thread; they never block. The callbacks run on the
/// transcoder's own threads and must only post elsewhere; none runs after the destructor returned.
class VideoTranscoder {
 public:
  struct Callbacks {
    /// What there is of a picture, one or several layers at a time.
    std::function<void(std::vector<LayerFrame> frames)> on_frames;
    /// The pipeline broke and will deliver nothing more.
    std::function<void(Error error)> on_error;
    /// The answer to Drain().
    std::function<void()> on_drained = [] {};
  };

  virtual ~VideoTranscoder() = default;

  /// Queues one coded picture. When the queue is full (its limit is in pictures and in bytes) the
  /// rest up to the next key frame is dropped and counted.
  virtual void Push(CodedPicture picture) = 0;

  /// The next picture of `layer` becomes an IDR with parameter sets in front.
  virtual void RequestKeyFrame(std::size_t layer) = 0;

  /// An inactive layer is neither scaled nor encoded. When it becomes active again its first
  /// picture is a key frame. All layers start active. With no layer active, pictures are still
  /// decoded so that a layer can come back at once; to save that too, stop pushing and go on with
  /// a key frame.
  virtual void SetActive(std::size_t layer, bool active) = 0;

  /// As SetActive(layer, true), but the first picture, a key frame, is the first one presented at
  /// `pts` or later, however many wait for the decoder now.
  virtual void ActivateFrom(std::size_t layer, SessionTime pts) = 0;

  /// Pictures presented before `pts` are decoded, but neither scaled nor encoded: how the decoder
  /// catches up with a stream that it joins late. Counted as skipped. What is pushed to be skipped
  /// has a queue limit of its own, for 20 s of a source that are pushed at once.
  virtual void SkipBefore(SessionTime pts) = 0;

  /// Another target for a running layer, bits per second; its sequence goes on.
  virtual void SetBitrate(std::size_t layer, int bits_per_second) = 0;

  /// Only every `divisor`-th picture is encoded, in every layer; 1 is all of them.
  virtual void SetFrameRateDivisor(int divisor) = 0;

  /// Calls on_drained once no coded picture waits for the decoder; within the call where none does.
  /// Calls that are not answered yet have one answer.
  virtual void Drain() = 0;

  struct Counters {
    std::uint64_t pictures_in = 0;
    std::uint64_t pictures_dropped = 0;  // queue full
    std::uint64_t pictures_decoded = 0;
    std::uint64_t pictures_skipped = 0;  // not encoded: above the rate, or to catch up
    std::uint64_t decode_errors = 0;
    std::vector<std::uint64_t> frames_out;  // a layer
    std::size_t queued = 0;                 // coded pictures waiting for the decoder
  };
  virtual Counters counters() const = 0;
};

/// Why this host cannot encode a codec, in GStreamer's words; empty: it can.
struct MissingEncoders {
  std::string h264;
  std::string vp8;

  const std::string& Of(VideoCodec codec) const { return codec == VideoCodec::kVp8 ? vp8 : h264; }
};

/// Loads GStreamer and the plugins of its encoders into the process. Any thread; call it early to
/// have the transcoder at once when the first picture comes.
/// Errors: kInternal with the paths tried.
Result<MissingEncoders> LoadVideoLibraries();

/// Makes a transcoder on libavcodec and GStreamer, loading these libraries into the process on
/// first use. Errors: kUnsupported for a codec or size without an element, kInternal with
/// GStreamer's text.
Result<std::unique_ptr<VideoTranscoder>> MakeVideoTranscoder(VideoTranscoderOptions options,
                                                             VideoTranscoder::Callbacks callbacks);

}  // namespace ingress::media
