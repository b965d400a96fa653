#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace ingress::service {

/// Where this service may keep what outlives it, best first: STATE_DIRECTORY (systemd) alone where
/// it is set; else below XDG_STATE_HOME, below the home directory, and in a directory of this
/// user's below /tmp. Variables that are empty are not set.
std::vector<std::filesystem::path> StateDirectoryCandidates();

/// The first candidate that can be made, or that somebody else has taken and ClaimDirectory()
/// therefore refuses; where none can be made, the first.
std::filesystem::path StateDirectory();

/// Makes `directory` where it is missing, with mode 0700, and makes sure that it is ours alone:
/// whoever can write there decides which states of sessions are told to livekit-server. One that
/// others could read is closed to them.
///
/// Errors: kUnavailable when it cannot be made or written to, which a service can live with;
/// kUnauthorized when
/// it is somebody else's, is a link that somebody else made, is no directory, or others can write
/// to it. The text names owner, mode and remedy.
Result<void> ClaimDirectory(const std::filesystem::path& directory);

}  // namespace ingress::service
