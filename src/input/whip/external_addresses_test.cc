#include "input/whip/external_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <exception>
#include <optional>

#include "net/await.h"
#include "net/local_addresses.h"
#include "net/peer_name.h"
#include "stun/message.h"
#include "stun/writer.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::udp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const address kSeen = asio::ip::make_address("203.0.113.9");

/// Answers every request, after some of which it says nothing: kSeen.
asio::awaitable<void> ServeStun(udp::socket& socket, int silent) {
  std::array<std::uint8_t, 1500> buffer{};
  while (true) {
    udp::endpoint from;
    const auto [error, size] =
        co_await socket.async_receive_from(asio::buffer(buffer), from, net::kAwait);
    if (error) co_return;
    const auto request = stun::Parse(ByteView(buffer).first(size));
    if (!request || silent-- > 0) continue;
    stun::Writer writer(stun::Class::kSuccess, stun::kBinding, request->id);
    writer.AddXorMappedAddress({.ip = net::AddressOf({kSeen, 0}), .port = from.port()});
    const Bytes answer = writer.FinishPlain();
    boost::system::error_code ignored;
    socket.send_to(asio::buffer(answer), from, 0, ignored);
  }
}

class ExternalAddressesTest : public ::testing::Test {
 protected:
  /// The machine's own IPv4 address, where it has one.
  std::optional<address> Own() {
    const auto local = net::LocalAddresses();
    if (!local) return std::nullopt;
    const auto own = std::ranges::find_if(*local, [](const net::LocalAddress& one) {
      return one.address.is_v4() && !one.address.is_loopback();
    });
    return own == local->end() ? std::nullopt : std::optional(own->address);
  }

  ExternalAddresses LookUp(std::vector<address> local, std::vector<std::string> servers) {
    std::optional<ExternalAddresses> found;
    asio::co_spawn(
        loop_, LookUpExternalAddresses(loop_.get_executor(), std::move(local), std::move(servers)),
        [&](const std::exception_ptr& error, ExternalAddresses answer) {
          if (error) std::rethrow_exception(error);
          found = std::move(answer);
          loop_.stop();
        });
    loop_.restart();
    loop_.run_for(std::chrono::seconds(20));
    return found.value_or(ExternalAddresses{});
  }

  asio::io_context loop_;
};

TEST_F(ExternalAddressesTest, AreThoseThatAServerSees) {
  const auto own = Own();
  if (!own) GTEST_SKIP() << "no address but loopback";
  udp::socket server(loop_, {*own, 0});
  asio::co_spawn(loop_, ServeStun(server, 1), asio::detached);
  const std::string at = own->to_string() + ":" + std::to_string(server.local_endpoint().port());
  EXPECT_THAT(LookUp({*own, asio::ip::make_address("127.0.0.1")}, {at}),
              ElementsAre(Pair(*own, kSeen)));
}

TEST_F(ExternalAddressesTest, AreNotKnownWhereNoServerAnswers) {
  const auto own = Own();
  if (!own) GTEST_SKIP() << "no address but loopback";
  const udp::socket silent(loop_, {*own, 0});
  const std::string at = own->to_string() + ":" + std::to_string(silent.local_endpoint().port());
  EXPECT_THAT(LookUp({*own}, {at, "127.0.0.1:9"}), IsEmpty());
  EXPECT_THAT(LookUp({*own}, {}), IsEmpty());
}

}  // namespace
}  // namespace ingress::input
