#pragma once

#include <string>
#include <string_view>

namespace ingress::observability {

/// A URL without user info, without the values of its query and without its fragment: safe to log.
/// A stream key in the path is not recognised: leave it out yourself.
std::string RedactUrl(std::string_view url);

}  // namespace ingress::observability
