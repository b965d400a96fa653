#include "livekit/ice_servers.h"

#include <algorithm>
#include <utility>

namespace ingress::livekit {

namespace ip = boost::asio::ip;

bool IsNearby(const ip::address& address) {
  if (address.is_loopback()) return true;
  if (address.is_v6()) {
    const auto bytes = address.to_v6().to_bytes();
    return address.to_v6().is_link_local() || (bytes[0] & 0xfe) == 0xfc;
  }
  const auto bytes = address.to_v4().to_bytes();
  return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254);
}

rtc::IceAgent::Options IceOptionsFor(
    const google::protobuf::RepeatedPtrField<::livekit::ICEServer>& servers,
    const ::livekit::ClientConfiguration& configuration, const ip::address& server) {
  rtc::IceAgent::Options options;
  options.relay_only = configuration.force_relay() == ::livekit::ENABLED;
  options.loopback = server.is_loopback();
  const bool stun = !IsNearby(server);
  for (const ::livekit::ICEServer& entry : servers) {
    for (const std::string& url : entry.urls()) {
      auto parsed = rtc::ParseIceServerUrl(url);
      if (!parsed || (parsed->kind == rtc::IceServer::Kind::kStun && !stun)) continue;
      if (options.servers.size() >= kMaxIceServers) return options;
      parsed->username = entry.username();
      parsed->credential = entry.credential();
      options.servers.push_back(std::move(*parsed));
    }
  }
  return options;
}

}  // namespace ingress::livekit
