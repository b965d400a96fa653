#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "dial/http_reply.h"
#include "dial/server_address.h"
#include "dial/trust.h"

namespace ingress::dial {

/// A request to a LiveKit server with its access token.
struct ServerRequest {
  ServerAddress server;
  std::string target;  // path and query
  std::string token;   // sent as Authorization header, never logged
};

/// One GET on a connection of its own, within kDialTimeout each for connecting and answering.
/// Errors: those of DialTcp() and DialTls(), and of ExchangeError().
boost::asio::awaitable<Result<HttpReply>> HttpGet(ServerRequest request, Trust trust = nullptr);

/// What a failed exchange of HTTP means: kTimeout, kMalformed for bytes that are no HTTP, kClosed
/// for an end without any, else kUnavailable.
Error ExchangeError(std::string_view step, boost::system::error_code error);

/// A time as HTTP writes it (RFC 9110 §5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> ParseHttpDate(std::string_view text);

}  // namespace ingress::dial
