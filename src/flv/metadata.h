#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"

namespace ingress::flv {

/// What `onMetaData` claims. A hint at best: encoders leave it out, repeat it or get it wrong, and
/// it never decides which tracks exist.
struct Metadata {
  std::uint32_t width = 0;  // pixels, often of the canvas; 0 when unknown
  std::uint32_t height = 0;
  double frame_rate = 0;                // frames per second; 0 when unknown, 1000 means variable
  double video_bitrate = 0;             // kilobits per second as announced; 0 when unknown
  double audio_bitrate = 0;             // as video_bitrate
  std::uint32_t audio_sample_rate = 0;  // Hz; 0 when unknown
  std::uint32_t audio_channels = 0;
  std::optional<VideoCodec> video_codec;
  std::optional<AudioCodec> audio_codec;
  std::string video_codec_id;  // as sent, number or text; printable, empty when absent
  std::string audio_codec_id;  // as video_codec_id
  std::string encoder;         // printable and cut at 256; from encoder or metadatacreator
};

/// Reads a script tag body that starts with the name "onMetaData" ("@setDataFrame" before it is
/// accepted). Values of an unexpected type count as absent.
///
/// Errors: those of the AMF0 decoder; kUnsupported when the body carries another name.
Result<Metadata> ParseMetadata(ByteView script_body);

}  // namespace ingress::flv
