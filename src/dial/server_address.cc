#include "dial/server_address.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/host_port.h"

namespace ingress::dial {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;

}  // namespace

std::string ServerAddress::authority() const {
  const bool usual = port == (tls ? kTlsPort : kPlainPort);
  return usual ? JoinHostPort(host, "") : JoinHostPort(host, port);
}

Result<ServerAddress> ParseServerUrl(std::string_view url) {
  if (url.size() > kMaxServerUrl) {
    return Fail(ErrorCode::kLimitExceeded,
                "server url of " + std::to_string(url.size()) + " characters");
  }
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->host_address().empty()) {
    return Fail(ErrorCode::kMalformed, "server url: \"" + std::string(url) + "\"");
  }
  const std::string scheme = parsed->scheme();
  ServerAddress server;
  server.tls = scheme == "wss" || scheme == "https";
  if (!server.tls && scheme != "ws" && scheme != "http") {
    return Fail(ErrorCode::kUnsupported, "server url: scheme \"" + scheme + "\"");
  }
  server.host = parsed->host_address();
  server.port = server.tls ? kTlsPort : kPlainPort;
  if (parsed->has_port() && !parsed->port().empty()) {
    const std::string port = parsed->port();
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (error != std::errc() || server.port == 0) {
      return Fail(ErrorCode::kMalformed, "server url: port " + port);
    }
  }
  server.path = parsed->encoded_path();
  while (server.path.ends_with('/')) server.path.pop_back();
  return server;
}

}  // namespace ingress::dial
