#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ingress::config {

/// `url` with the scheme ws or wss (http and https are turned into them); empty when it is not the
/// URL of a host, or carries a user name.
std::optional<std::string> AsWebSocketUrl(std::string_view url);

}  // namespace ingress::config
