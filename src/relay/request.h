#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::relay {

/// What a reader asks for.
struct Request {
  std::string resource_id;
  std::string token;  // a secret: never log it
  bool tap = false;   // does not want to be the main reader
};

/// Reads a request target, "/rtmp/<resource_id>?token=<token>[&tap=1]".
/// Errors: kMalformed when it is not a URL's path and query; kNotFound for any other path. Neither
/// shows the target.
Result<Request> ParseTarget(std::string_view target);

/// Whether `given` is the token; false for an empty one. Takes the same time wherever they differ.
bool TokenMatches(std::string_view given, std::string_view token);

}  // namespace ingress::relay
