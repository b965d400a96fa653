#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "codec/avc_config.h"
#include "codec/h264_sps.h"
#include "codec/stream_format.h"
#include "flv/video_tag.h"
#include "handler/source_picture.h"
#include "ingress/timeline.h"

namespace ingress::handler {

/// What the encoder sends, as far as headers tell.
struct VideoFormat {
  VideoCodec codec = VideoCodec::kH264;
  std::string name = "H.264";  // for people
  Bytes codec_config;          // as media::VideoTranscoderOptions wants it
  int width = 0;               // display size with square pixels, standing upright
  int height = 0;
};

/// Turns FLV video tags into coded pictures of a known format: H.264, and by Enhanced RTMP HEVC,
/// VP8, VP9 and AV1.
///
/// Formats are taken from the sequence header or, when an encoder sends them in the stream, from
/// its key frames. Pictures before the first key frame of a known format are left out.
class VideoSource {
 public:
  struct Output {
    bool format_changed = false;             // format() is new, also the first time
    std::shared_ptr<SourcePicture> picture;  // null: the tag holds none, or none of use
  };

  /// `body`: what `tag` was read from and looks into; the picture keeps it. `placed`: the tag's DTS
  /// on the session's time line; `timestamp`: the same on the encoder's. Errors: kUnsupported for a
  /// codec we cannot decode, kMalformed for parameter sets that do not parse. A damaged picture is
  /// no error, it is counted.
  Result<Output> OnTag(const flv::VideoTag& tag, Bytes body, Placed placed,
                       std::uint32_t timestamp);

  const std::optional<VideoFormat>& format() const { return format_; }
  /// The parameter sets behind format(), when it is H.264.
  const codec::AvcConfig& avc_config() const { return config_; }
  const codec::SpsInfo& sps() const { return sps_; }
  int slice_groups() const;

  struct Counters {
    std::uint64_t pictures = 0;
    std::uint64_t before_header = 0;     // coded pictures before any decoder configuration
    std::uint64_t before_key_frame = 0;  // and before the first key frame of a format
    std::uint64_t damaged = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Body {
    Bytes bytes;
    std::size_t payload_at = 0;
  };

  Result<Output> OnH264(const flv::VideoTag& tag, Bytes body, Placed placed);
  Result<Output> OnOther(const flv::VideoTag& tag, Bytes body, Placed placed);
  Result<bool> AdoptOther(VideoCodec codec, const codec::StreamFormat& stream, Bytes config);
  static Body EndingWith(ByteView picture, Bytes body);
  std::shared_ptr<SourcePicture> MakePicture(const flv::VideoTag& tag, Body body, bool key_frame,
                                             Placed placed);
  Result<bool> OnSequenceHeader(ByteView record);
  Result<bool> AdoptInBandParameterSets(ByteView body);
  Result<bool> Adopt(codec::AvcConfig config);
  void SetFormat(VideoFormat format, codec::DisplaySize lying);
  bool TurnAsAsked(const SourcePicture& picture, VideoCodec codec, int length_size);
  bool Turn(int quarter_turns);

  codec::AvcConfig config_;
  codec::SpsInfo sps_;
  // Codecs other than H.264.
  std::optional<VideoCodec> other_;
  Bytes other_config_;
  int other_length_size_ = 4;
  std::optional<VideoFormat> format_;
  bool key_frame_seen_ = false;
  codec::DisplaySize lying_;  // format()'s size before it is turned
  int quarter_turns_ = 0;     // clockwise, as the last picture says where decoding may begin
  Counters counters_;
};

}  // namespace ingress::handler
