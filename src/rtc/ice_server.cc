#include "rtc/ice_server.h"

#include <charconv>
#include <tuple>
#include <utility>

namespace ingress::rtc {
namespace {

constexpr std::uint16_t kPlainPort = 3478;
constexpr std::uint16_t kTlsPort = 5349;

std::unexpected<Error> Malformed(std::string_view url) {
  return Fail(ErrorCode::kMalformed, "ice server url: " + std::string(url));
}

/// Cuts `text` at `separator`; the second half is empty when there is none.
std::pair<std::string_view, std::string_view> CutAt(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<std::uint16_t> ParsePort(std::string_view text, std::uint16_t fallback) {
  if (text.empty()) return fallback;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return Fail(ErrorCode::kMalformed, "port " + std::string(text));
  }
  return port;
}

/// host[:port], where an IPv6 address stands in brackets.
Result<void> ParseHostAndPort(std::string_view text, IceServer& server) {
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return Malformed(text);
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return Malformed(text);
    if (!port.empty()) port.remove_prefix(1);
  } else {
    std::tie(host, port) = CutAt(text, ':');
  }
  if (host.empty()) return Malformed(text);
  server.host = host;
  const auto parsed = ParsePort(port, server.port);
  if (!parsed) return Wrap("ice server url", parsed.error());
  server.port = *parsed;
  return {};
}

Result<IceServer::Kind> KindOf(std::string_view scheme, std::string_view query) {
  const std::string_view transport =
      query.starts_with("transport=") ? query.substr(std::string_view("transport=").size()) : "";
  if (scheme == "stun") return IceServer::Kind::kStun;
  if (scheme == "turn" && (transport.empty() || transport == "udp")) {
    return IceServer::Kind::kTurnUdp;
  }
  if (scheme == "turn" && transport == "tcp") return IceServer::Kind::kTurnTcp;
  if (scheme == "turns" && (transport.empty() || transport == "tcp")) {
    return IceServer::Kind::kTurnTls;
  }
  return Fail(ErrorCode::kUnsupported,
              "ice server url: " + std::string(scheme) + " over " + std::string(transport));
}

}  // namespace

Result<IceServer> ParseIceServerUrl(std::string_view url) {
  if (url.size() > kMaxIceServerUrl) {
    return Fail(ErrorCode::kLimitExceeded,
                "ice server url of " + std::to_string(url.size()) + " characters");
  }
  const auto [scheme, rest] = CutAt(url, ':');
  const auto [address, query] = CutAt(rest, '?');
  const auto kind = KindOf(scheme, query);
  if (!kind) return std::unexpected(kind.error());
  IceServer server;
  server.kind = *kind;
  server.port = *kind == IceServer::Kind::kTurnTls ? kTlsPort : kPlainPort;
  if (auto parsed = ParseHostAndPort(address, server); !parsed) {
    return std::unexpected(parsed.error());
  }
  return server;
}

}  // namespace ingress::rtc
