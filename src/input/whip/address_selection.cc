#include "input/whip/address_selection.h"

#include <algorithm>

#include "net/peer_name.h"

namespace ingress::input {
namespace {

/// `matches` says whether an entry of a list means it.
template <typename T, typename Matches>
bool Selects(const config::Selection<T>& selection, const Matches& matches) {
  const bool included =
      selection.includes.empty() || std::ranges::any_of(selection.includes, matches);
  return included && std::ranges::none_of(selection.excludes, matches);
}

}  // namespace

std::vector<boost::asio::ip::address> SelectAddresses(const std::vector<net::LocalAddress>& local,
                                                      const config::Rtc& rtc) {
  std::vector<boost::asio::ip::address> selected;
  for (const net::LocalAddress& one : local) {
    const bool by_name =
        Selects(rtc.interfaces, [&one](const std::string& name) { return name == one.interface; });
    const IpAddress ip = net::AddressOf({one.address, 0});
    const bool by_address =
        Selects(rtc.ips, [&ip](const IpNetwork& network) { return network.Contains(ip); });
    if (by_name && by_address) selected.push_back(one.address);
  }
  return selected;
}

}  // namespace ingress::input
