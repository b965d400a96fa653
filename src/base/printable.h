#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingress {

/// Text of a peer made safe for a log line, a label or an error message.
///
/// Printable ASCII stays; every other byte and the backslash become `\xNN`. What would make the
/// result longer than `max_length` characters is cut and replaced by "...".
std::string Printable(std::string_view text, std::size_t max_length = 256);

}  // namespace ingress
