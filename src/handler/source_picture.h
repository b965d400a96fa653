#pragma once

#include <chrono>

#include "media/video_transcoder.h"

namespace ingress::handler {

/// One picture of the source, as it came.
struct SourcePicture {
  media::CodedPicture coded;
  std::chrono::milliseconds timestamp{};  // DTS on the encoder's clock, which wraps and jumps
  bool idr = false;                       // H.264: a viewer's decoder can begin here
  bool claims_key = false;                // the container calls it a key frame
  bool b_slices = false;
  bool turned = false;  // to be shown turned by the decoder's user, which viewers do not do
  bool live = true;     // false: behind the live edge, not to be shown any more
};

}  // namespace ingress::handler
