#pragma once

#include <string_view>

namespace ingress::input {

/// Says how the If-Match of a request stands to the entity tag of its target (RFC 9110 §13.1.1).
enum class TagMatch {
  kMissing,  // there is no If-Match
  kMatches,  // it lists the tag
  kAny,      // it is "*", also in quotation marks, as in an example of RFC 9725 §4.3.3
  kFails,
};

/// `current`: quoted and strong. A weak tag never matches.
TagMatch MatchTag(std::string_view if_match, std::string_view current);

}  // namespace ingress::input
