#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "rpc/ingress_control.h"

namespace ingress::service {

/// From the first question on, for how long it is asked again. Encoders wait longer than this for
/// an answer to their publish, and whoever stands before one does not yet think of another cause.
inline constexpr std::chrono::seconds kAskAgainFor{3};

/// GetIngressInfo, asked again while nobody is there to answer: livekit-server comes back to Redis
/// about a second after Redis itself has restarted, and an encoder need not know of that.
/// `io_info` outlives the call. Errors: the last attempt's; other codes than "unavailable" at once.
boost::asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> LookUpIngress(
    rpc::IoInfoClient& io_info, std::string stream_key,
    std::chrono::steady_clock::duration ask_again_for = kAskAgainFor);

}  // namespace ingress::service
