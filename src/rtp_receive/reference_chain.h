#pragma once

#include <cstdint>
#include <optional>

#include "rtp_receive/frame_assembler.h"

namespace ingress::rtp_receive {

/// Says which frames may be decoded: once a frame is lost, none until the next key frame, because a
/// frame that refers to the lost one would show garbage.
///
/// A frame that no other refers to may be lost without that, and so may packets of which the next
/// frame shows that no frame was in them. What comes before the first key frame passes: whoever
/// decodes it knows that it cannot begin there, and can say so. Sans-IO.
class ReferenceChain {
 public:
  /// Says whether the frame, the next in order, may be decoded.
  bool Passes(const ReceivedFrame& frame);

  /// Nothing passes until a key frame comes.
  bool broken() const { return broken_; }

 private:
  bool NothingLostBefore(const ReceivedFrame& frame) const;

  bool started_ = false;
  bool broken_ = false;
  bool resumed_ =
      true;  // decoding began at the last key frame: what it may refer to before is not there
  std::optional<std::uint16_t> picture_id_;  // of the frame before
};

}  // namespace ingress::rtp_receive
