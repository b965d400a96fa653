#include "input/whip/entity_tag.h"

#include <cstddef>

namespace ingress::input {

TagMatch MatchTag(std::string_view if_match, std::string_view current) {
  bool empty = true;
  while (!if_match.empty()) {
    const std::size_t comma = if_match.find(',');
    std::string_view tag = if_match.substr(0, comma);
    if_match = comma == std::string_view::npos ? std::string_view{} : if_match.substr(comma + 1);
    while (tag.starts_with(' ') || tag.starts_with('\t')) tag.remove_prefix(1);
    while (tag.ends_with(' ') || tag.ends_with('\t')) tag.remove_suffix(1);
    if (tag.empty()) continue;
    empty = false;
    if (tag == "*" || tag == "\"*\"") return TagMatch::kAny;
    if (tag == current) return TagMatch::kMatches;
  }
  return empty ? TagMatch::kMissing : TagMatch::kFails;
}

}  // namespace ingress::input
