#include "livekit/signal_url.h"

#include "livekit_rtc.pb.h"
#include "token/base64.h"
#include "version/version.h"

namespace ingress::livekit {
namespace {

// "cpp" makes the server announce tracks from the SDP and ask for ICE-TCP when UDP fails.
std::string Client() {
  return "protocol=17&sdk=cpp&version=" + std::string(Version()) + "&os=linux&auto_subscribe=0";
}

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

std::string SignalTarget(const ServerAddress& server, const SignalParameters& parameters,
                         SignalEndpoint endpoint) {
  std::string target = server.path + "/rtc";
  if (!parameters.join_request.empty()) target += "/v1";
  if (endpoint == SignalEndpoint::kValidate) target += "/validate";
  target += "?" + Client();
  if (!parameters.join_request.empty()) {
    target += "&join_request=" + WrapJoinRequest(parameters.join_request);
  } else if (!parameters.participant_sid.empty()) {
    target += "&reconnect=1&sid=" + parameters.participant_sid +
              "&reconnect_reason=" + std::to_string(parameters.reconnect_reason);
  }
  return target;
}

}  // namespace ingress::livekit
