#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace ingress::sdp {

/// The whole of `text` as a decimal number of type `T`; empty when it is none or does not fit.
template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// Cuts the part before the first `separator` off `rest` and returns it; all of it when there is
/// none. The separator itself is dropped.
inline std::string_view TakeUntil(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

/// The next word of `rest`, which may be parted by several spaces; empty at the end.
inline std::string_view TakeWord(std::string_view& rest) {
  const std::size_t begin = rest.find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(begin);
  return TakeUntil(rest, ' ');
}

/// Says whether `text` may stand alone between spaces of any line (RFC 8866 §9, "token").
inline bool IsToken(std::string_view text) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`{|}~";
  return !text.empty() && std::ranges::all_of(text, [kPunctuation](unsigned char c) {
    return std::isalnum(c) != 0 || kPunctuation.contains(static_cast<char>(c));
  });
}

}  // namespace ingress::sdp
