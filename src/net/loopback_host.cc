#include "net/loopback_host.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string>

namespace ingress::net {
namespace {

constexpr std::size_t kMaxHost = 64;  // bytes; the longest loopback name is far shorter

bool IsPort(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char digit) { return digit >= '0' && digit <= '9'; });
}

/// The host without ":port"; empty when what follows it is no port.
std::string_view WithoutPort(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return host;
  return IsPort(host.substr(colon + 1)) ? host.substr(0, colon) : std::string_view();
}

bool IsLocalhost(std::string_view name) {
  return std::ranges::equal(name, std::string_view("localhost"), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (host.size() > kMaxHost) return false;
  std::string_view name = WithoutPort(host);
  if (IsLocalhost(name)) return true;
  boost::system::error_code error;
  if (name.starts_with('[') && name.ends_with(']')) {
    name = name.substr(1, name.size() - 2);
    const auto address = boost::asio::ip::make_address_v6(std::string(name), error);
    return !error && address.is_loopback();
  }
  const auto address = boost::asio::ip::make_address_v4(std::string(name), error);
  return !error && address.is_loopback();
}

}  // namespace ingress::net
