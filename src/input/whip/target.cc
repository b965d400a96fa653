#include "input/whip/target.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "base/ascii.h"

namespace ingress::input {
namespace {

constexpr std::string_view kSessionId = "WH_";
constexpr std::size_t kMaxSessionId = 64;
constexpr std::size_t kMaxSegment = 256;  // characters; keys have 12, of livekit-server's making

bool IsSegment(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSegment &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isgraph(c) != 0; });
}

/// What may be the topic of a call to another node.
bool IsSessionId(std::string_view text) {
  return text.size() > kSessionId.size() && text.size() <= kMaxSessionId &&
         text.starts_with(kSessionId) &&
         std::ranges::all_of(text.substr(kSessionId.size()),
                             [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::string_view TrimSpace(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<WhipTarget> ParseWhipTarget(std::string_view path) {
  std::array<std::string_view, 3> segments;
  std::size_t count = 0;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (true) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    if (count == segments.size() || !IsSegment(segment)) return std::nullopt;
    segments.at(count++) = segment;
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  WhipTarget target{.app = std::string(segments[0])};
  if (count == 1) return target;
  if (count == 2) {
    target.key = segments[1];
    return target;
  }
  if (!IsSessionId(segments[2])) return std::nullopt;
  target.secret = segments[1];
  target.session_id = segments[2];
  return target;
}

std::string WhipSessionPath(std::string_view app, std::string_view id, std::string_view secret) {
  std::string path = "/";
  return path.append(app).append("/").append(secret).append("/").append(id);
}

std::string_view BearerToken(std::string_view authorization) {
  authorization = TrimSpace(authorization);
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos) return authorization;
  if (!EqualsIgnoringCase(authorization.substr(0, space), "bearer")) return {};
  return TrimSpace(authorization.substr(space));
}

std::expected<std::string, KeyProblem> WhipKey(const WhipTarget& target,
                                               std::string_view authorization) {
  const std::string_view token = BearerToken(authorization);
  if (token.empty() && target.key.empty()) return std::unexpected(KeyProblem::kMissing);
  if (token.empty()) return target.key;
  if (!target.key.empty() && target.key != token) {
    return std::unexpected(KeyProblem::kContradiction);
  }
  return std::string(token);
}

}  // namespace ingress::input
