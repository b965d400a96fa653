#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "codec/avc_config.h"
#include "codec/decoder_memory.h"
#include "codec/h264_sps.h"
#include "codec/parameter_set_tracker.h"
#include "codec/stream_format.h"
#include "pipeline/source/access_unit_assembler.h"
#include "pipeline/source/composition_time.h"
#include "pipeline/source/source_picture.h"

namespace ingress::pipeline {

/// What the encoder sends, as far as headers tell.
struct VideoFormat {
  VideoCodec codec = VideoCodec::kH264;
  std::string name = "H.264";  // for people
  Bytes codec_config;          // as media::VideoTranscoderOptions wants it
  int width = 0;               // display size with square pixels, standing upright
  int height = 0;
  std::uint64_t decoder_memory = 0;  // bytes, as codec::DecoderMemory()
};

/// Turns access units into coded pictures of a known format: H.264, and by Enhanced RTMP HEVC, VP8,
/// VP9 and AV1.
///
/// Parameter sets are taken whenever they come, in a decoder configuration or in the stream; the
/// format is that of the sets which the slices name. A new one takes effect at a key picture, but
/// before the first picture at once where there is no choice. What makes no sense changes nothing:
/// the stream goes on with what it has. Pictures before the first key picture of a known format are
/// left out, and so are those behind a broken one.
///
/// Pictures that would take a decoder beyond its memory are left out, too, from the key picture on
/// that is coded so to the next one that is not. A format that is only announced does no harm.
class VideoSource {
 public:
  /// `max_pixels`: as codec::CheckDecoderNeed().
  explicit VideoSource(std::int64_t max_pixels = codec::kDefaultMaxInputPixels)
      : max_pixels_(max_pixels) {}

  struct Output {
    bool format_changed = false;  // format() is new, also the first time
    bool sets_changed = false;    // only the PPS are: decoders need them before this picture
    bool broken = false;          // what was given out before lacks a part
    bool waiting = false;         // a picture was left out: something has to come before it
    std::shared_ptr<SourcePicture> picture;  // null: the unit holds none, or none of use
    std::optional<Error> problem;  // the unit, or a part of it, could not be used. kUnsupported: a
                                   // codec or a size that we cannot handle; kMalformed: it makes
                                   // no sense; kLimitExceeded: it takes too much memory
  };

  Output OnUnit(AccessUnitAssembler::Unit unit);

  /// Another connection of the encoder: its pictures refer to none of before.
  void OnConnection() { key_frame_seen_ = false; }

  const std::optional<VideoFormat>& format() const { return format_; }
  /// The parameter sets behind format(), when it is H.264.
  const codec::AvcConfig& avc_config() const { return config_; }
  const codec::SpsInfo& sps() const { return sps_; }
  int slice_groups() const;
  /// What comes is left out because it takes too much memory.
  bool too_large() const { return too_large_; }

  struct Counters {
    std::uint64_t pictures = 0;
    std::uint64_t before_header = 0;     // coded pictures before any decoder configuration
    std::uint64_t before_key_frame = 0;  // and before the first key frame of a format
    std::uint64_t damaged = 0;
    std::uint64_t composition = 0;  // given another composition time, see CompositionTime
  };
  const Counters& counters() const { return counters_; }

 private:
  using Unit = AccessUnitAssembler::Unit;

  /// A format that a decoder configuration has announced and no picture has confirmed.
  struct Announced {
    codec::StreamFormat stream;
    Bytes config;
  };

  void OnConfig(const stream::VideoUnit& unit, Output& output);
  void OnNalConfig(VideoCodec codec, ByteView record, Output& output);
  void OnNalPicture(Unit unit, Output& output);
  void OnOtherPicture(Unit unit, Output& output);
  bool Settle(const VideoMessage& message, bool key, Output& output);
  Result<void> CheckNeed(VideoCodec codec);
  void Refuse(VideoCodec codec, Output& output);
  void TakeSets(VideoCodec codec, ByteView units, Output& output);
  void MakePicture(Unit unit, bool key, Output& output);

  codec::ParameterSetTracker& TrackerOf(VideoCodec codec);
  bool Runs(VideoCodec codec) const { return format_ && format_->codec == codec; }
  void AdoptH264();
  void AdoptHevc();
  bool AdoptOther(VideoCodec codec, const Announced& announced, Output& output);
  void SetFormat(VideoFormat format, codec::DisplaySize unrotated_size);
  void ApplyRotation(const SourcePicture& picture, Output& output);
  bool SetRotation(int rotation);

  std::int64_t max_pixels_;
  codec::ParameterSetTracker avc_{VideoCodec::kH264};
  codec::ParameterSetTracker hevc_{VideoCodec::kHevc};
  codec::AvcConfig config_;
  codec::SpsInfo sps_;
  std::map<VideoCodec, Announced> announced_;  // of VP8, VP9 and AV1
  std::map<VideoCodec, Error> refused_;        // what it sends takes too much memory
  bool too_large_ = false;                     // the newest picture was left out because of that
  std::optional<VideoFormat> format_;
  CompositionTime composition_;
  bool key_frame_seen_ = false;
  codec::DisplaySize unrotated_size_;  // format()'s size before rotation
  int rotation_ = 0;  // quarter turns clockwise, as the last picture says where decoding may begin
  Counters counters_;
};

}  // namespace ingress::pipeline
