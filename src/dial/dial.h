#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <memory>

#include "base/result.h"
#include "dial/server_address.h"
#include "dial/trust.h"

namespace ingress::dial {

inline constexpr std::chrono::seconds kDialTimeout{5};  // name, TCP and TLS, each

using PlainStream = boost::beast::tcp_stream;

using TlsStream = boost::beast::ssl_stream<PlainStream>;

/// Resolves and connects, with TCP_NODELAY. Errors: kUnavailable, kTimeout.
boost::asio::awaitable<Result<PlainStream>> DialTcp(ServerAddress server);

/// Shakes hands over `tcp`, TLS 1.2 or newer. `trust`: what LoadTrust() made of the server's
/// ca_cert_file; null: it is read here, which may wait for a disk.
/// Errors: kCertificate when the server's is not believed, with what it says of itself;
/// kMalformed when what answers does not speak TLS; kUnavailable, kTimeout; those of LoadTrust().
boost::asio::awaitable<Result<std::unique_ptr<TlsStream>>> DialTls(PlainStream tcp,
                                                                   ServerAddress server,
                                                                   Trust trust = nullptr);

}  // namespace ingress::dial
