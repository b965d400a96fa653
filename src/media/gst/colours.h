#pragma once

#include <optional>

#include "media/gst/gst_ptr.h"
#include "media/tone_map.h"

namespace ingress::media::gst {

/// How pictures of such colours must be tone-mapped; empty for BT.601 and BT.709.
std::optional<WideTransfer> WideTransferOf(const GstVideoInfo& info);

/// Fills in what a stream leaves open about its colours, as players do: limited range, and a matrix
/// by the size.
void CompleteColours(GstVideoInfo& info);

/// The colours of a layer that is made from `source`: BT.601 and BT.709 as they are, BT.709 for all
/// else. Limited range, since not every player looks at the flag (Firefox does not); with
/// `keep_range` that of the source, so that contrast is the same in layers that viewers are
/// switched between.
void SetLayerColours(const GstVideoInfo& source, bool keep_range, GstVideoInfo& layer);

}  // namespace ingress::media::gst
