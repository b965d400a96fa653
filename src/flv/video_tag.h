#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "flv/fourcc.h"

namespace ingress::flv {

/// The body of a video tag, legacy (FLV 10.1, VIDEODATA) or Enhanced RTMP (ExVideoTagHeader).
struct VideoTag {
  enum class Kind {
    kSequenceHeader,  // data: avcC, hvcC, av1C or vpcC, may be empty
    kCodedFrame,      // data: one access unit; AVC and HEVC with length-prefixed NAL units
    kEndOfSequence,   // drain the decoder; not the end of the stream, more may follow
    kMetadata,        // data: AMF0 name and value pairs (HDR colour information)
    kCommand,         // seek command, no picture
    kIgnored,         // nothing for track 0, or a packet type we do not know
  };

  Kind kind = Kind::kIgnored;
  std::optional<VideoCodec> codec{};  // empty: a codec we do not know
  std::uint8_t codec_id = 0;          // legacy codec id; 0 in an Enhanced RTMP tag
  FourCc fourcc = 0;                  // 0 in a legacy tag
  bool key_frame = false;  // coded frames only; what the tag claims, the NAL units decide
  bool disposable = false;
  std::int32_t composition_time_ms = 0;      // PTS = tag timestamp + this
  std::uint32_t presentation_offset_ns = 0;  // 0 to 999 999, to be added to the PTS
  int other_tracks = 0;                      // multitrack bodies left out, that is not of track 0
  ByteView data{};                           // valid as long as the body that was parsed
};

/// Reads the header of a video tag body. Of a multitrack body, track 0 is returned.
///
/// Errors: kMalformed when the header does not fit the body; kLimitExceeded above 8 ModEx or
/// 16 tracks.
Result<VideoTag> ParseVideoTag(ByteView body);

}  // namespace ingress::flv
