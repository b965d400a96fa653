#pragma once

#include <string>
#include <string_view>

namespace ingress {

/// Of this program, for example "0.1.0".
std::string_view Version();

/// What it was built from, for example "7f4ef04" or "7f4ef04-dirty"; empty outside a checkout.
std::string_view Commit();

/// Both for people: "0.1.0 (7f4ef04)".
std::string VersionText();

}  // namespace ingress
