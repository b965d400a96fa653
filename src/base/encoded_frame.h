#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace ingress {

enum class VideoCodec { kH264, kHevc, kVp8, kVp9, kAv1 };
enum class AudioCodec {
  kAac,      // raw data blocks; an AudioSpecificConfig says what they hold
  kAacAdts,  // AAC that says it itself, in front of each frame: ADTS …
  kAacLatm,  // … or LATM in LOAS (ISO/IEC 14496-3 §1.7)
  kOpus,
  kMp3,
  kFlac,
  kAc3,
  kEac3,
  kSpeex,
  kNellymoser,
  kAdpcmSwf,
  kPcmA,
  kPcmU,
  kPcmU8,
  kPcmS16,  // little-endian
};

/// NAL units of one access unit; frames with more are not sent.
inline constexpr std::size_t kMaxNalUnits = 4096;

/// One coded picture of one layer, or one coded audio packet, ready for RTP.
///
/// `payload`: H.264 as Annex B (start codes, SPS and PPS before each IDR), VP8 and Opus as the
/// codec's own frame. A source's own H.264 is not copied for that: its NAL units are `units`, which
/// follow what is in `payload`.
struct EncodedFrame {
  Bytes payload;
  std::vector<ByteView> units{};        // without start codes, where they lie
  std::shared_ptr<const void> owner{};  // of what `units` look at
  SessionTime pts{};       // presentation time on the session's time line; RTP time comes from it
  SessionTime duration{};  // zero when unknown
  bool key_frame = false;  // video: decodable on its own
};

}  // namespace ingress
