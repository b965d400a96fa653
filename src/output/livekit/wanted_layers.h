#pragma once

#include <map>
#include <vector>

#include "domain/layer_spec.h"
#include "livekit_models.pb.h"

namespace ingress::output {

/// The quality that LiveKit calls `quality`.
::livekit::VideoQuality ToLiveKit(LayerQuality quality);

/// Which layers an SFU needs that wants the qualities of `enabled`, by index into `layers`, lowest
/// first.
///
/// The SFU names the qualities that somebody wants; it needs all layers up to the highest of them,
/// because it falls back to lower ones without a further word. A wanted quality that no layer has
/// is served by the next higher layer.
std::vector<bool> WantedLayers(const std::vector<LayerSpec>& layers,
                               const std::map<::livekit::VideoQuality, bool>& enabled);

}  // namespace ingress::output
