#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace ingress::node {

/// The parts of `text` between `separator`s; empty parts are left out.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// A number that `text` begins with; empty for none, such as "max".
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// The number after `name` in lines of "name number".
template <typename Number>
std::optional<Number> NumberOf(std::string_view text, std::string_view name) {
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ') {
      return ParseNumber<Number>(line.substr(line.find_first_not_of(' ', name.size())));
    }
  }
  return std::nullopt;
}

}  // namespace ingress::node
