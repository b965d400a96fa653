#pragma once

#include "base/bytes.h"
#include "flv/tag.h"

namespace ingress::flv {

/// Whether the body of an audio or video tag holds coded data of track 0, of any codec.
///
/// False for decoder configurations, end of sequence, metadata, commands, headers without data
/// behind them, script tags and anything that does not parse.
bool HoldsCodedFrame(TagType type, ByteView body);

}  // namespace ingress::flv
