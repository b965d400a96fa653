#pragma once

#include <string>
#include <string_view>

namespace ingress::observability {

/// What may be shown of a secret (stream key, token, password): enough to tell two apart, too
/// little to use. "ab…" for 8 characters and more, "[redacted]" for fewer, "" for none.
std::string Redact(std::string_view secret);

/// A URL without user info, without the values of its query and without its fragment: safe to log.
/// A stream key in the path is not recognised; redact it yourself.
std::string RedactUrl(std::string_view url);

}  // namespace ingress::observability
