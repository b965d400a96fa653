#include "net/listen.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <utility>

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<tcp::acceptor> Listen(const asio::any_io_executor& executor, const tcp::endpoint& endpoint) {
  boost::system::error_code error;
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  // Some hosts are set up with IPv6 sockets that take IPv6 alone.
  const bool all = endpoint.address().is_v6() && endpoint.address().is_unspecified();
  if (!error && all) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return acceptor;
  const bool forbidden = error == asio::error::access_denied;
  return Fail(forbidden ? ErrorCode::kUnauthorized : ErrorCode::kUnavailable, error.message());
}

/// Whether this host can have sockets of IPv6 at all.
bool HasIpv6(const asio::any_io_executor& executor) {
  boost::system::error_code error;
  tcp::acceptor probe(executor);
  probe.open(tcp::v6(), error);
  if (!error) probe.bind({tcp::v6(), 0}, error);
  return !error;
}

}  // namespace

Result<tcp::acceptor> ListenOnAll(asio::any_io_executor executor, std::uint16_t port) {
  return Listen(executor, {HasIpv6(executor) ? tcp::v6() : tcp::v4(), port});
}

Result<tcp::acceptor> ListenOn(asio::any_io_executor executor, const std::string& address,
                               std::uint16_t port) {
  boost::system::error_code error;
  const asio::ip::address numeric = asio::ip::make_address(address, error);
  if (error) return Fail(ErrorCode::kMalformed, "not a numeric address: " + address);
  return Listen(executor, {numeric, port});
}

}  // namespace ingress::net
