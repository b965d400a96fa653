#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "livekit/signal_url.h"

namespace ingress::livekit {

using PlainStream = boost::beast::tcp_stream;

using TlsStream = boost::beast::ssl_stream<PlainStream>;

/// Resolves and connects, with TCP_NODELAY. Errors: kUnavailable, kTimeout.
boost::asio::awaitable<Result<PlainStream>> DialTcp(ServerAddress server);

/// Shakes hands over `tcp`. Errors: kUnauthorized when the certificate does not fit, kUnavailable,
/// kTimeout.
boost::asio::awaitable<Result<std::unique_ptr<TlsStream>>> DialTls(PlainStream tcp,
                                                                   std::string host);

}  // namespace ingress::livekit
