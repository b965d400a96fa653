#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "codec/access_unit.h"
#include "stream/unit.h"

namespace ingress::pipeline {

/// Holds one parsed message of the video track. Its payload holds H.264 and HEVC NAL units behind
/// lengths of kLengthSize bytes, whatever the encoder sent.
struct VideoMessage {
  static constexpr int kLengthSize = 4;

  stream::VideoUnit unit;
  std::optional<codec::AccessUnitInfo> nal_units{};  // of a frame of H.264 or HEVC

  bool coded() const {
    return unit.kind == stream::VideoUnit::Kind::kFrame && unit.codec && !unit.payload.empty();
  }
  /// A picture begins here. Only such messages carry time; parameter sets and ends of a sequence
  /// often come with timestamp 0, and later slices with the time of the first.
  bool begins_picture() const { return coded() && (!nal_units || nal_units->begins_picture); }
  /// A NAL unit is cut off.
  bool damaged() const { return coded() && nal_units && nal_units->damaged; }
};

/// Parses units into messages.
///
/// Knows how long the lengths in front of NAL units are: what works stays in use until it does not,
/// so that a damaged decoder configuration does no harm.
class VideoMessageReader {
 public:
  /// Nothing is copied of NAL units behind four-byte lengths; others, and Annex B, are rewritten.
  VideoMessage Read(stream::VideoUnit unit);

 private:
  struct Lengths {
    int announced = VideoMessage::kLengthSize;  // by the newest configuration
    std::optional<int> working{};
  };

  void OnConfig(const stream::VideoUnit& unit);
  void ReadNalUnits(VideoMessage& message);
  static codec::AccessUnitInfo Inspect(VideoCodec codec, ByteView data, Lengths& lengths);

  Lengths avc_;
  Lengths hevc_;
};

}  // namespace ingress::pipeline
