#pragma once

#include <chrono>
#include <cstddef>

#include "base/bytes.h"
#include "base/clock.h"

namespace ingress::pipeline {

/// Holds one coded picture of the source, unchanged.
struct SourcePicture {
  Bytes body;                  // the tag's, which ends with the coded picture
  std::size_t payload_at = 0;  // where that begins
  SessionTime dts{};
  SessionTime pts{};
  bool key_frame = false;                 // a decoder of ours can begin here
  std::chrono::milliseconds timestamp{};  // DTS on the encoder's clock, which wraps and jumps
  bool idr = false;                       // H.264: a viewer's decoder can begin here
  bool claims_key = false;                // the container calls it a key frame
  bool b_slices = false;
  std::size_t useful_bytes = 0;  // without what no decoder needs, for bitrates
  bool new_sets =
      false;             // H.264: viewers' decoders need parameter sets before it, as before an IDR
  bool rotated = false;  // the player has to rotate it for display, which viewers do not do
  bool live = true;      // false: behind the live edge, not to be shown any more

  /// H.264 and HEVC: NAL units behind lengths of four bytes; others: the codec's frame.
  ByteView payload() const { return ByteView(body).subspan(payload_at); }
};

}  // namespace ingress::pipeline
