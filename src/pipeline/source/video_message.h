#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "codec/access_unit.h"
#include "flv/video_tag.h"

namespace ingress::pipeline {

/// Holds one parsed message of the video track. Its data are H.264 and HEVC units behind lengths of
/// kLengthSize bytes, whatever the encoder sent.
struct VideoMessage {
  static constexpr int kLengthSize = 4;

  flv::VideoTag tag;  // its data looks into `body`, which ends with it in a coded frame
  Bytes body;
  std::uint32_t timestamp = 0;                   // milliseconds, on the encoder's clock
  std::optional<codec::AccessUnitInfo> units{};  // of a coded frame of H.264 or HEVC

  bool coded() const {
    return tag.kind == flv::VideoTag::Kind::kCodedFrame && tag.codec && !tag.data.empty();
  }
  /// A picture begins here. Only such messages carry time; parameter sets and ends of a sequence
  /// often come with timestamp 0, and later slices with the time of the first.
  bool begins_picture() const { return coded() && (!units || units->begins_picture); }
  /// A NAL unit is cut off.
  bool damaged() const { return coded() && units && units->damaged; }
};

/// Parses FLV tags into messages.
///
/// Knows how long the lengths in front of NAL units are: what works stays in use until it does not,
/// so that a damaged decoder configuration does no harm.
class VideoMessageReader {
 public:
  /// `body`: what `tag` was read from and looks into. Nothing is copied of units behind four-byte
  /// lengths; others, and Annex B, are rewritten.
  VideoMessage Read(const flv::VideoTag& tag, Bytes body, std::uint32_t timestamp);

 private:
  struct Lengths {
    int announced = VideoMessage::kLengthSize;  // by the newest configuration
    std::optional<int> working{};
  };

  void OnConfig(const flv::VideoTag& tag);
  void ReadUnits(VideoMessage& message);
  static codec::AccessUnitInfo Inspect(const flv::VideoTag& tag, Lengths& lengths);

  Lengths avc_;
  Lengths hevc_;
};

}  // namespace ingress::pipeline
