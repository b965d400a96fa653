#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/clock.h"
#include "stream/unit.h"

namespace ingress::pipeline {

/// Holds one coded picture of the source, unchanged.
struct SourcePicture {
  stream::Payload data;  // as it came
  SessionTime dts{};
  SessionTime pts{};
  bool key_frame = false;   // a decoder of ours can begin here
  SessionTime timestamp{};  // DTS on the encoder's clock, which wraps and jumps
  bool idr = false;         // H.264: a viewer's decoder can begin here
  bool claims_key = false;  // the container calls it a key frame
  bool b_slices = false;
  std::size_t useful_bytes = 0;  // without what no decoder needs, for bitrates
  bool new_sets =
      false;             // H.264: viewers' decoders need parameter sets before it, as before an IDR
  bool rotated = false;  // the player has to rotate it for display, which viewers do not do
  bool live = true;      // false: behind the live edge, not to be shown any more

  /// H.264 and HEVC: NAL units behind lengths of four bytes; others: the codec's frame.
  ByteView payload() const { return data.view(); }
};

}  // namespace ingress::pipeline
