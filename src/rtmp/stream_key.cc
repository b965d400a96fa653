#include "rtmp/stream_key.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace ingress::rtmp {
namespace {

constexpr std::string_view kAround = " \t\r\n'\"";
constexpr std::array<std::string_view, 3> kPrefixes = {"mp4:", "flv:", "f4v:"};
constexpr std::string_view kDefaultInstance = "_definst_";

// An application that stands alone is a forgotten key when it has one of these names.
constexpr std::array<std::string_view, 3> kApplicationNames = {"live", "app", "x"};

struct PathAndQuery {
  std::string_view path;
  std::string_view query;
};

PathAndQuery Split(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(kAround) - begin + 1);
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

/// What follows the authority of a URL.
std::string_view PathOfUrl(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t slash = url.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : url.substr(slash);
}

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t size = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, size);
    if (!segment.empty() && segment != kDefaultInstance) segments.push_back(segment);
    path.remove_prefix(std::min(size + 1, path.size()));
  }
  return segments;
}

std::string PercentDecoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::uint8_t byte = 0;
    const std::string_view digits = text.front() == '%' ? text.substr(1, 2) : std::string_view{};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() == 2 && error == std::errc{} && end == digits.data() + digits.size()) {
      out.push_back(static_cast<char>(byte));
      text.remove_prefix(3);
    } else {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string Key(std::string_view segment) {
  for (const std::string_view prefix : kPrefixes) {
    if (segment.starts_with(prefix)) segment.remove_prefix(prefix.size());
  }
  return PercentDecoded(segment);
}

std::string Joined(const std::vector<std::string_view>& parts, char separator) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

}  // namespace

PublishTarget ParsePublishTarget(std::string_view name, std::string_view app,
                                 std::string_view tc_url) {
  const PathAndQuery name_parts = Split(name);
  const PathAndQuery app_parts = Split(app);
  const PathAndQuery url_parts = Split(tc_url);

  std::vector<std::string_view> app_path = Segments(app_parts.path);
  if (app_path.empty()) app_path = Segments(PathOfUrl(url_parts.path));
  const std::vector<std::string_view> name_path = Segments(name_parts.path);

  PublishTarget target;
  if (!name_path.empty()) target.stream_key = Key(name_path.back());
  const bool forgotten =
      app_path.size() == 1 &&
      std::ranges::find(kApplicationNames, app_path.front()) != kApplicationNames.end();
  if (target.stream_key.empty() && !app_path.empty() && !forgotten) {
    target.stream_key = Key(app_path.back());
    app_path.pop_back();
  }
  target.app = Joined(app_path, '/');

  std::vector<std::string_view> queries;
  for (const std::string_view query : {name_parts.query, app_parts.query, url_parts.query}) {
    if (!query.empty() && std::ranges::find(queries, query) == queries.end()) {
      queries.push_back(query);
    }
  }
  target.query = Joined(queries, '&');
  return target;
}

}  // namespace ingress::rtmp
