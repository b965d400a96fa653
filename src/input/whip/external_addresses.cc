#include "input/whip/external_addresses.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/host_port.h"
#include "base/ids.h"
#include "net/await.h"
#include "net/deadline.h"
#include "stun/message.h"
#include "stun/writer.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::udp;
using net::kAwait;
using namespace std::chrono_literals;

constexpr auto kNameWithin = 3s;
constexpr auto kAnswerWithin = 500ms;  // of one attempt
constexpr int kAttempts = 3;
constexpr std::size_t kDatagram = 1500;

asio::awaitable<std::vector<udp::endpoint>> ResolveOne(asio::any_io_executor executor,
                                                       std::string server) {
  std::vector<udp::endpoint> found;
  const auto split = SplitHostPort(server);
  if (!split) co_return found;
  udp::resolver resolver(executor);
  const auto [error, results] = co_await resolver.async_resolve(udp::v4(), std::string(split->host),
                                                                std::string(split->port), kAwait);
  if (error) co_return found;
  for (const auto& result : results) found.push_back(result.endpoint());
  co_return found;
}

/// The servers that have a name, one address each.
asio::awaitable<std::vector<udp::endpoint>> Resolve(asio::any_io_executor executor,
                                                    const std::vector<std::string>& servers) {
  std::vector<udp::endpoint> endpoints;
  for (const std::string& server : servers) {
    const auto found = co_await net::TryFor(kNameWithin, ResolveOne(executor, server));
    if (found && !found->empty()) endpoints.push_back(found->front());
  }
  co_return endpoints;
}

std::optional<address> MappedAddress(ByteView datagram, const stun::TransactionId& id) {
  if (!stun::LooksLikeStun(datagram)) return std::nullopt;
  const auto answer = stun::Parse(datagram);
  if (!answer || answer->message_class != stun::Class::kSuccess || answer->id != id ||
      !answer->mapped_address || !IsIpv4(answer->mapped_address->ip)) {
    return std::nullopt;
  }
  const asio::ip::address_v6 mapped(answer->mapped_address->ip);
  return asio::ip::make_address_v4(asio::ip::v4_mapped, mapped);
}

/// Awaits the first answer to `id`, whoever sends it: nobody else can know the number.
asio::awaitable<std::optional<address>> ReadAnswer(udp::socket& socket, stun::TransactionId id) {
  std::array<std::uint8_t, kDatagram> buffer;  // NOLINT(*-member-init): written by the socket
  while (true) {
    udp::endpoint from;
    const auto [error, size] =
        co_await socket.async_receive_from(asio::buffer(buffer), from, kAwait);
    // That a server is not there. Any other error would come again at once.
    const bool unreachable = error == asio::error::connection_refused ||
                             error == asio::error::host_unreachable ||
                             error == asio::error::network_unreachable;
    if (unreachable) continue;
    if (error) co_return std::nullopt;
    if (auto mapped = MappedAddress(ByteView(buffer).first(size), id)) co_return mapped;
  }
}

asio::awaitable<std::optional<address>> AskFrom(asio::any_io_executor executor, address local,
                                                const std::vector<udp::endpoint>& servers) {
  udp::socket socket(executor);
  boost::system::error_code error;
  socket.open(udp::v4(), error);
  if (!error) socket.bind({local, 0}, error);
  if (error) co_return std::nullopt;
  stun::TransactionId id;
  FillRandom(id);
  const Bytes request = stun::Writer(stun::Class::kRequest, stun::kBinding, id).FinishPlain();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    for (const udp::endpoint& server : servers) {
      socket.send_to(asio::buffer(request), server, 0, error);  // one that cannot be reached
    }
    const auto answer = co_await net::TryFor(kAnswerWithin, ReadAnswer(socket, id));
    if (answer && *answer) co_return *answer;
  }
  co_return std::nullopt;
}

}  // namespace

asio::awaitable<ExternalAddresses> LookUpExternalAddresses(asio::any_io_executor executor,
                                                           std::vector<address> local,
                                                           std::vector<std::string> servers) {
  ExternalAddresses external;
  const auto endpoints = co_await Resolve(executor, servers);
  if (endpoints.empty()) co_return external;
  for (const address& one : local) {
    if (!one.is_v4() || one.is_loopback()) continue;
    if (const auto seen = co_await AskFrom(executor, one, endpoints)) external.emplace(one, *seen);
  }
  co_return external;
}

}  // namespace ingress::input
