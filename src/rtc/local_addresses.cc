#include "rtc/local_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

namespace ingress::rtc {
namespace {

constexpr char kLoopback[] = "127.0.0.1";

struct InterfacesDeleter {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};
using Interfaces = std::unique_ptr<ifaddrs, InterfacesDeleter>;

/// Empty for families and scopes that make no host candidate.
std::string AddressText(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.sa_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&ipv6)) return {};
    bytes = &ipv6;
  } else {
    return {};
  }
  if (inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

}  // namespace

std::vector<std::string> LocalAddresses(bool loopback) {
  std::vector<std::string> out;
  if (loopback) out.emplace_back(kLoopback);
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) == 0) {
    const Interfaces interfaces(list);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
      const bool usable = entry->ifa_addr != nullptr && (entry->ifa_flags & IFF_UP) != 0 &&
                          (entry->ifa_flags & IFF_LOOPBACK) == 0;
      std::string text = usable ? AddressText(*entry->ifa_addr) : std::string();
      if (text.empty() || std::ranges::find(out, text) != out.end()) continue;
      if (out.size() < kMaxLocalAddresses) out.push_back(std::move(text));
    }
  }
  if (out.empty()) out.emplace_back(kLoopback);
  return out;
}

}  // namespace ingress::rtc
