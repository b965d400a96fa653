#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/encoded_frame.h"

namespace ingress::rtp_receive {

/// The decoder configuration record (ISO/IEC 14496-15) with the parameter sets that a description
/// has: avcC or hvcC. Empty for other codecs, and when the sets make no sense.
Bytes DecoderConfiguration(VideoCodec codec, const std::vector<Bytes>& parameter_sets);

}  // namespace ingress::rtp_receive
