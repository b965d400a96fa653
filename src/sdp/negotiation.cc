#include "sdp/negotiation.h"

#include "base/ascii.h"
#include "sdp/text.h"

namespace ingress::sdp {

std::optional<std::string_view> FmtpParameter(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    std::string_view value = TakeUntil(fmtp, ';');
    const std::size_t begin = value.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    value.remove_prefix(begin);
    std::string_view key = TakeUntil(value, '=');
    while (key.ends_with(' ')) key.remove_suffix(1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace ingress::sdp
