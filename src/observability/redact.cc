#include "observability/redact.h"

#include <algorithm>

namespace ingress::observability {

std::string RedactUrl(std::string_view url) {
  std::string out;
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    out = url.substr(0, scheme + 3);
    url.remove_prefix(scheme + 3);
  }
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.remove_prefix(at + 1);
  }
  const std::size_t query = url.find('?');
  out += url.substr(0, std::min(query, url.find('#')));
  if (query == std::string_view::npos) return out;
  for (std::string_view rest = url.substr(query); !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&', 1));
    rest.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      out += pair.substr(0, 1);  // a bare word may be the secret itself
      out += "…";
    } else {
      out += pair.substr(0, equals + 1);
      out += "…";
    }
  }
  return out;
}

}  // namespace ingress::observability
