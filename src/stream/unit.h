#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "stream/timestamp.h"
#include "stream/track_kind.h"

namespace ingress::stream {

/// What a unit carries, where the input put it: the end of a buffer that the unit owns, so that a
/// message's own header need not be cut off by a copy.
class Payload {
 public:
  Payload() = default;
  /// All of `buffer`.
  explicit Payload(Bytes buffer) : buffer_(std::move(buffer)) {}
  /// `size` bytes of `buffer` from `at` on, which must lie within it.
  Payload(Bytes buffer, std::size_t at, std::size_t size) : buffer_(std::move(buffer)), at_(at) {
    buffer_.resize(at + size);
  }

  ByteView view() const { return ByteView(buffer_).subspan(at_); }
  bool empty() const { return buffer_.size() == at_; }
  std::size_t size() const { return buffer_.size() - at_; }

  /// Puts bytes in front of byte `offset` of what it carries.
  void Insert(std::size_t offset, ByteView bytes) {
    buffer_.insert(buffer_.begin() + static_cast<std::ptrdiff_t>(at_ + offset), bytes.begin(),
                   bytes.end());
  }

 private:
  Bytes buffer_;
  std::size_t at_ = 0;
};

/// One message of a track of video.
struct VideoUnit {
  enum class Kind : std::uint8_t {
    kFormat,         // payload: the decoder configuration record: avcC, hvcC, av1C or vpcC
    kFrame,          // payload: one access unit, or a part of one
    kEndOfSequence,  // the decoder may drain; more may follow
  };
  /// How H.264 and HEVC lie in a frame's payload; all other codecs' frames are their own.
  enum class NalFraming : std::uint8_t {
    kLengthPrefixed,  // behind lengths, whose size the newest record says; senders get both wrong
    kAnnexB,          // behind start codes
  };

  Kind kind = Kind::kFrame;
  std::optional<VideoCodec> codec{};  // empty: one that we do not know …
  std::string codec_name{};           // … and what the input calls it, for people; else empty
  NalFraming framing = NalFraming::kLengthPrefixed;
  bool key_frame = false;  // of a frame: what the container claims; the NAL units decide
  /// Of a sender's simulcast: which of its layers this is of, in the order of its description …
  std::uint8_t layer = 0;
  /// … and whether this layer's times are the track's. One layer is the reference at a time.
  bool time_reference = true;
  Timestamp dts{};
  SessionTime composition{};  // PTS less DTS, as the input says
  Payload payload{};
};

/// One message of a track of audio.
struct AudioUnit {
  enum class Kind : std::uint8_t {
    kFormat,         // payload: AudioSpecificConfig, OpusHead and the like; may be empty
    kFrame,          // payload: the codec's own frame or frames
    kChannels,       // `channels` is how many there are, whatever the format says
    kEndOfSequence,  // no audio until further notice
  };

  Kind kind = Kind::kFrame;
  std::optional<AudioCodec> codec{};  // as VideoUnit's
  std::string codec_name{};
  /// Of codecs whose frames do not say it themselves; zero where the configuration or the frame
  /// does (AAC, MP3, Opus). In Hz.
  std::uint32_t sample_rate = 0;
  int channels = 0;
  Timestamp dts{};
  SessionTime composition{};  // PTS less DTS, as the input says
  Payload payload{};
};

/// What the input says of itself: a hint at best.
struct Metadata {
  std::string encoder;  // printable, at most 256 bytes; empty: it does not say
  /// The tracks that will come; empty: it does not say.
  struct Tracks {
    bool video = false;
    bool audio = false;
  };
  std::optional<Tracks> tracks;
  std::size_t video_layers = 1;  // of a sender's simulcast that come as layers, see VideoUnit
};

/// The most layers that a sender's simulcast may have here.
inline constexpr std::size_t kMaxSenderLayers = 4;

/// A message of a track that could not be read. It is counted against the health of the track.
struct Unreadable {
  TrackKind kind = TrackKind::kVideo;
  Error why;
};

/// What an input gives, one by one, in the order in which it came. The end of a stream is the
/// source's to tell (input/source.h).
using Unit = std::variant<VideoUnit, AudioUnit, Metadata, Unreadable>;
using Units = std::vector<Unit>;

}  // namespace ingress::stream
