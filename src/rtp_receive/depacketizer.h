#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"

namespace ingress::rtp_receive {

/// A frame larger than this is left out: it never ends, or no decoder takes it.
inline constexpr std::size_t kMaxReceivedFrame = std::size_t{8} << 20;

/// Holds what the payloads of a frame have said about it.
struct FrameInfo {
  bool key_frame = false;   // decoding may begin here
  bool disposable = false;  // no other frame refers to it
  bool leading = false;     // may refer to frames before the last key frame
  /// Counts the frames of the stream, in `picture_id_bits` bits; empty: the payloads do not.
  std::optional<std::uint16_t> picture_id{};
  int picture_id_bits = 15;
};

/// Puts the payloads of one frame together again, in their order; without a gap among them.
class Depacketizer {
 public:
  virtual ~Depacketizer() = default;

  /// Says whether a frame begins with this payload, whatever came before it.
  virtual bool BeginsFrame(ByteView payload) const = 0;

  /// Begins a frame; what there was of the one before is forgotten.
  virtual void Begin() = 0;
  /// Adds a payload, which is not empty, to `frame`.
  /// Errors: kMalformed, kUnsupported, kLimitExceeded: the frame is of no use.
  virtual Result<void> Add(ByteView payload, Bytes& frame) = 0;
  /// The frame has ended: completes `frame`.
  /// Errors: kMalformed when its last payload cannot be the last.
  virtual Result<FrameInfo> Finish(Bytes& frame) = 0;

  /// Returns what was said of a frame that will not be finished, as far as it came.
  virtual FrameInfo info() const = 0;
};

/// Never null.
std::unique_ptr<Depacketizer> MakeDepacketizer(VideoCodec codec);

}  // namespace ingress::rtp_receive
