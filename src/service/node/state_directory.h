#pragma once

#include <filesystem>

#include "base/result.h"

namespace ingress::service {

/// Where this service keeps what outlives it: STATE_DIRECTORY (systemd), XDG_STATE_HOME, or below
/// the home directory; without any of them a directory of this user's below /tmp.
std::filesystem::path StateDirectory();

/// Makes `directory` where it is missing, with mode 0700, and makes sure that it is ours alone:
/// GStreamer loads the libraries that a file in it names, so whoever can write there runs code in
/// this service. One that others could read is closed to them.
///
/// Errors: kUnavailable when it cannot be made, which a service can live with; kUnauthorized when
/// it is somebody else's, is a link that somebody else made, is no directory, or others can write
/// to it. The text names owner, mode and remedy.
Result<void> ClaimDirectory(const std::filesystem::path& directory);

}  // namespace ingress::service
