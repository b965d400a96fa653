#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"

namespace ingress {

/// Reads a file, or a pipe such as a shell's <(…), whole. May wait for a disk, and for a pipe up to
/// `within`; a pipe without a writer is empty. The text lies in one allocation, so that who wipes
/// it wipes all of it. Errors, without the path: kNotFound, kUnauthorized, kInternal for one that
/// cannot be read, as a directory; kTimeout for a pipe that does not end; kLimitExceeded above
/// `most` bytes.
Result<std::string> ReadFile(const std::string& path, std::size_t most,
                             std::chrono::milliseconds within = std::chrono::seconds(3));

}  // namespace ingress
