#include "base/host_port.h"

#include <charconv>
#include <system_error>

namespace ingress {
namespace {

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.";

bool IsPort(std::string_view text) {
  std::uint16_t number = 0;
  const auto [stop, error] = std::from_chars(text.begin(), text.end(), number);
  return error == std::errc{} && stop == text.end() && number != 0;
}

}  // namespace

std::optional<HostPort> SplitHostPort(std::string_view text) {
  HostPort split;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    split.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    split.host = text.substr(0, text.find(':'));
    text.remove_prefix(split.host.size());
  }
  const std::string_view allowed = bracketed ? kIpv6Characters : kNameCharacters;
  if (split.host.empty() || split.host.find_first_not_of(allowed) != std::string_view::npos) {
    return std::nullopt;
  }
  if (text.empty()) return split;
  split.port = text.substr(1);
  if (text[0] != ':' || !IsPort(split.port)) return std::nullopt;
  return split;
}

std::string JoinHostPort(std::string_view host, std::string_view port) {
  const bool ipv6 = host.contains(':');
  std::string joined;
  joined.append(ipv6 ? "[" : "").append(host).append(ipv6 ? "]" : "");
  if (!port.empty()) joined.append(":").append(port);
  return joined;
}

std::string JoinHostPort(std::string_view host, std::uint16_t port) {
  return JoinHostPort(host, std::to_string(port));
}

}  // namespace ingress
