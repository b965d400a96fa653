#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ingress::net {

/// Lets `co_await` of an asynchronous operation return what the operation completes with, its error
/// first, in place of throwing that error.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace ingress::net
