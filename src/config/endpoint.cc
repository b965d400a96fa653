#include "config/endpoint.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace ingress::config {
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
