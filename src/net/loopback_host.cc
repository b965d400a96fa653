#include "net/loopback_host.h"

#include <boost/asio/ip/address.hpp>
#include <string>

#include "base/ascii.h"
#include "base/host_port.h"

namespace ingress::net {
namespace {

constexpr std::size_t kMaxHost = 64;  // bytes; the longest loopback name is far shorter

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (host.size() > kMaxHost) return false;
  const std::optional<HostPort> split = SplitHostPort(host);
  if (!split) return false;
  if (EqualsIgnoringCase(split->host, "localhost")) return true;
  const std::string name(split->host);
  boost::system::error_code error;
  if (host.starts_with('[')) {
    const auto address = boost::asio::ip::make_address_v6(name, error);
    return !error && address.is_loopback();
  }
  const auto address = boost::asio::ip::make_address_v4(name, error);
  return !error && address.is_loopback();
}

}  // namespace ingress::net
