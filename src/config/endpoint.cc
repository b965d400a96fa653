#include "config/endpoint.h"

#include <array>
#include <utility>

#include "base/host_port.h"

namespace ingress::config {

std::optional<std::string> AsWebSocketUrl(std::string_view url) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSchemes = {
      {{"ws://", "ws://"}, {"wss://", "wss://"}, {"http://", "ws://"}, {"https://", "wss://"}}};
  for (const auto& [given, used] : kSchemes) {
    if (!url.starts_with(given)) continue;
    const std::string_view rest = url.substr(given.size());
    if (!SplitHostPort(rest.substr(0, rest.find_first_of("/?#")))) return std::nullopt;
    for (const char c : rest) {
      if (c <= ' ' || c == '\x7F') return std::nullopt;  // char is signed: beyond ASCII as well
    }
    return std::string(used) + std::string(rest);
  }
  return std::nullopt;
}

}  // namespace ingress::config
