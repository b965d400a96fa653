#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace ingress::input {

/// Holds what the path of a request names: the endpoint, "/w" or "/w/<stream key>", or a session of
/// it, "/w/<secret>/<id>", which is where nodes of LiveKit's own service have the stream key and
/// the same id.
struct WhipTarget {
  std::string app{};  // the first segment, which operators choose: "w"
  std::string key{};  // empty: it is in the header, or nowhere
  std::string session_id{};
  std::string secret{};

  bool is_session() const { return !session_id.empty(); }
};

/// `path`: as sent, without the query. Empty for one that names neither.
std::optional<WhipTarget> ParseWhipTarget(std::string_view path);

/// The path of a session, for Location.
std::string WhipSessionPath(std::string_view app, std::string_view id, std::string_view secret);

/// Says why there is no stream key.
enum class KeyProblem { kMissing, kContradiction };

/// The stream key: that of the Authorization header ("Bearer <key>", or the bare key, which some
/// clients send) or that of the path. Both may say the same.
std::expected<std::string, KeyProblem> WhipKey(const WhipTarget& target,
                                               std::string_view authorization);

/// Returns what an Authorization header holds, without its scheme; empty for other schemes than
/// Bearer.
std::string_view BearerToken(std::string_view authorization);

}  // namespace ingress::input
