#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/stream_format.h"

namespace ingress::codec {

/// The frame header of VP8 (RFC 6386 §9.1). Key frames state their size.
PictureInfo InspectVp8(ByteView frame);

/// The uncompressed header of a VP9 frame, or of the first one in a superframe (VP9 bitstream
/// specification §6.2). Key frames state their format.
PictureInfo InspectVp9(ByteView frame);

/// VPCodecConfigurationRecord of "VP Codec ISO Media File Format Binding", with or without the
/// version and flags of its box. The size is not in it.
/// Errors: kMalformed.
Result<StreamFormat> ParseVpConfig(ByteView record);

}  // namespace ingress::codec
