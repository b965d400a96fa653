#pragma once

#include <string_view>

namespace ingress::ipc {

/// How the line begins in which `ingress prepare` says why no video can be encoded on this host.
inline constexpr std::string_view kNoVideoLibraries = "video libraries: ";

/// And why no VP8, which few streams need.
inline constexpr std::string_view kNoVp8 = "vp8: ";

}  // namespace ingress::ipc
