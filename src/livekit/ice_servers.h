#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "livekit_rtc.pb.h"
#include "rtc/ice_agent.h"

namespace ingress::livekit {

inline constexpr int kMaxIceServers = 16;

/// The agent's options for what the SFU hands out. URLs that we cannot use are left out.
/// `server`: where the signal connection went; next to us, STUN could only cost time.
rtc::IceAgent::Options IceOptionsFor(
    const google::protobuf::RepeatedPtrField<::livekit::ICEServer>& servers,
    const ::livekit::ClientConfiguration& configuration, const boost::asio::ip::address& server);

/// Loopback, link-local and private addresses (RFC 1918, RFC 4193).
bool IsNearby(const boost::asio::ip::address& address);

}  // namespace ingress::livekit
