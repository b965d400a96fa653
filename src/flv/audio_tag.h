#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "flv/fourcc.h"

namespace ingress::flv {

/// The body of an audio tag, legacy (FLV 10.1, AUDIODATA) or Enhanced RTMP (ExAudioTagHeader).
struct AudioTag {
  enum class Kind {
    kSequenceHeader,      // data: AudioSpecificConfig, OpusHead…, may be empty
    kCodedFrame,          // data: the codec's own frame or frames
    kEndOfSequence,       // no audio until further notice
    kMultichannelConfig,  // channels is set; data: the speaker mask or list
    kIgnored,             // nothing for track 0, or a packet type we do not know
  };

  Kind kind = Kind::kIgnored;
  std::optional<AudioCodec> codec{};  // empty: a codec we do not know
  std::uint8_t sound_format = 0;      // legacy format; 9 in an Enhanced RTMP tag
  FourCc fourcc = 0;                  // 0 in a legacy tag
  // For codecs whose frames do not tell themselves; 0 where the configuration or the frame does
  // (AAC, MP3, Opus).
  std::uint32_t sample_rate = 0;  // Hz
  int channels = 0;
  int bits_per_sample = 0;                   // PCM only
  std::uint32_t presentation_offset_ns = 0;  // 0 to 999 999, to be added to the PTS
  int other_tracks = 0;                      // multitrack bodies left out, that is not of track 0
  ByteView data{};                           // valid as long as the body that was parsed
};

/// Reads the header of an audio tag body. Of a multitrack body, track 0 is returned.
///
/// Errors: kMalformed when the header does not fit the body (an empty body, too: the caller
/// treats a zero-length audio message as silence before it comes here); kLimitExceeded above
/// 8 ModEx or 16 tracks.
Result<AudioTag> ParseAudioTag(ByteView body);

/// The name under which the tag announces its codec, for people: "FLV sound format 15".
std::string CodecLabel(const AudioTag& tag);

}  // namespace ingress::flv
