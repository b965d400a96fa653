#pragma once

#include <span>
#include <string>
#include <vector>

namespace ingress::ipc {

/// The entries of `environment` ("NAME=value") that a handler may see: paths, locale, time zone,
/// certificates, the settings of GStreamer, GPU drivers and sanitizers, and how it is confined. An
/// allow list, so that no secret of the service gets through.
std::vector<std::string> ReducedEnvironment(std::span<const std::string> environment);

/// ReducedEnvironment() of this process.
std::vector<std::string> ReducedEnvironment();

}  // namespace ingress::ipc
