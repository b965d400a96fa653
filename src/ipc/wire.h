#pragma once

#include <optional>
#include <string_view>

#include "base/log_level.h"
#include "domain/layer_spec.h"
#include "domain/media_options.h"
#include "domain/route.h"
#include "ingress_ipc.pb.h"

namespace ingress::ipc {

// What is said between processes: the program's own types as messages carry them, and back. What
// comes is no surprise, both ends are of one build; but a handler may have been taken over by a
// stream, so any number is a value.

LogLevel ToWire(ingress::LogLevel level);
ingress::LogLevel FromWire(LogLevel level);

Route ToWire(ingress::Route route);
std::optional<ingress::Route> FromWire(Route route);  // empty: not known

LayerRoute ToWire(ingress::LayerRoute route);
ingress::LayerRoute FromWire(LayerRoute route);

MediaOptions ToWire(const ingress::MediaOptions& options);
ingress::MediaOptions FromWire(const MediaOptions& options);
/// Those of a job; the defaults where it names none.
ingress::MediaOptions MediaOptionsOf(const Job& job);

Sender ToWire(LayerQuality quality);

/// "low", "medium", "high", "audio", or "other": the name in metrics and pages.
std::string_view NameOf(Sender sender);

}  // namespace ingress::ipc
