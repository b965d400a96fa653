#include "relay/request.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "net/same_secret.h"

namespace ingress::relay {

Result<Request> ParseTarget(std::string_view target) {
  const auto url = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!url) return Fail(ErrorCode::kMalformed, "request target: " + url.error().message());

  const auto segments = url->segments();
  if (segments.size() != 2 || segments.front() != "rtmp") {
    return Fail(ErrorCode::kNotFound, "request path");
  }
  Request request{.resource_id = segments.back(), .token = {}, .tap = false};
  for (const auto& parameter : url->params()) {
    if (parameter.key == "token") request.token = parameter.value;
    if (parameter.key == "tap") request.tap = parameter.value == "1";
  }
  return request;
}

bool TokenMatches(std::string_view given, std::string_view token) {
  return !token.empty() && net::SameSecret(given, token);
}

}  // namespace ingress::relay
