#include "livekit/signal_url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "livekit_rtc.pb.h"
#include "token/base64.h"

namespace ingress::livekit {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;

// "cpp" makes the server announce tracks from the SDP and ask for ICE-TCP when UDP fails.
constexpr std::string_view kClient = "protocol=17&sdk=cpp&version=0.1.0&os=linux&auto_subscribe=0";

std::string WrapJoinRequest(const std::string& join_request) {
  ::livekit::WrappedJoinRequest wrapped;
  wrapped.set_join_request(join_request);
  std::string out =
      token::EncodeBase64Url(AsBytes(wrapped.SerializeAsString()), token::Base64Padding::kEquals);
  for (std::size_t at = out.find('='); at != std::string::npos; at = out.find('=')) {
    out.replace(at, 1, "%3D");
  }
  return out;
}

}  // namespace

std::string ServerAddress::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? kTlsPort : kPlainPort) ? name : name + ":" + std::to_string(port);
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

std::string SignalTarget(const ServerAddress& server, const SignalParameters& parameters,
                         SignalEndpoint endpoint) {
  std::string target = server.path + "/rtc";
  if (!parameters.join_request.empty()) target += "/v1";
  if (endpoint == SignalEndpoint::kValidate) target += "/validate";
  target += "?";
  target += kClient;
  if (!parameters.join_request.empty()) {
    target += "&join_request=" + WrapJoinRequest(parameters.join_request);
  } else if (!parameters.participant_sid.empty()) {
    target += "&reconnect=1&sid=" + parameters.participant_sid +
              "&reconnect_reason=" + std::to_string(parameters.reconnect_reason);
  }
  return target;
}

}  // namespace ingress::livekit
