#include "rpc/redis_bus.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rpc/rpc_client.h"
#include "rpc/rpc_server.h"
#include "rpc/testing/await.h"
#include "support/redis_process.h"

namespace ingress::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RedisProcess;

/// A bus on a real redis-server that the test may kill.
class RedisBusTest : public testing::Test {
 protected:
  ~RedisBusTest() override {
    if (bus_) Await(io_, bus_->Stop());
  }

  void Start(RedisOptions options) {
    bus_ = std::make_unique<RedisBus>(io_.get_executor(), std::move(options),
                                      [this](bool connected, const std::string& status) {
                                        states_.emplace_back(connected, status);
                                      });
    bus_->Start();
  }

  static RedisOptions OptionsFor(const std::string& address) {
    return {.redis = {.address = address},
            .backoff_min = milliseconds(10),
            .backoff_max = milliseconds(50)};
  }

  void Connect(const RedisProcess& redis) {
    Start(OptionsFor(redis.address()));
    const auto connected = Await(io_, bus_->AwaitConnected(kTestPatience));
    ASSERT_TRUE(connected) << connected.error().context;
  }

  bool AwaitState(bool connected) {
    return RunUntil(io_, [&] { return bus_->connected() == connected; });
  }

  boost::asio::io_context io_;
  std::unique_ptr<RedisBus> bus_;
  std::vector<std::pair<bool, std::string>> states_;
};

TEST_F(RedisBusTest, DeliversToSubscribersOfExactlyThatChannel) {
  RedisProcess redis;
  Connect(redis);
  const Recorder a(io_, *bus_, "a|REQ");
  const Recorder b(io_, *bus_, "b|REQ");
  ASSERT_TRUE(Await(io_, bus_->Publish("a|REQ", {0, 255, '\r', '\n'})));
  ASSERT_TRUE(RunUntil(io_, [&] { return !a.payloads().empty(); }));
  EXPECT_EQ(a.payloads()[0], (Bytes{0, 255, '\r', '\n'}));
  EXPECT_TRUE(b.payloads().empty());
}

TEST_F(RedisBusTest, KeepsTheOrderOfAChannel) {
  RedisProcess redis;
  Connect(redis);
  const Recorder recorder(io_, *bus_, "x");
  for (std::uint8_t i = 0; i < 100; ++i) ASSERT_TRUE(Await(io_, bus_->Publish("x", {i})));
  ASSERT_TRUE(RunUntil(io_, [&] { return recorder.payloads().size() == 100; }));
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(recorder.payloads()[i], Bytes{i});
}

TEST_F(RedisBusTest, SubscribesUnsubscribesAndSubscribesAgain) {
  RedisProcess redis;
  Connect(redis);
  for (int i = 0; i < 3; ++i) {
    const Recorder recorder(io_, *bus_, "x");
    ASSERT_TRUE(Await(io_, bus_->Publish("x", {1})));
    ASSERT_TRUE(RunUntil(io_, [&] { return !recorder.payloads().empty(); })) << i;
  }
}

TEST_F(RedisBusTest, ASecondListenerOfAChannelNeedsNoSecondSubscription) {
  RedisProcess redis;
  Connect(redis);
  auto first = std::make_unique<Recorder>(io_, *bus_, "x");
  const Recorder second(io_, *bus_, "x");
  first.reset();
  ASSERT_TRUE(Await(io_, bus_->Publish("x", {1})));
  ASSERT_TRUE(RunUntil(io_, [&] { return !second.payloads().empty(); }));
}

TEST_F(RedisBusTest, GivesALockToOneTaker) {
  RedisProcess redis;
  Connect(redis);
  EXPECT_TRUE(Await(io_, bus_->TryLock("6L36MV+FOZt1=", seconds(5))));
  EXPECT_FALSE(Await(io_, bus_->TryLock("6L36MV+FOZt1=", seconds(5))));
  EXPECT_TRUE(Await(io_, bus_->TryLock("other", seconds(5))));
}

TEST_F(RedisBusTest, ComesBackAndSubscribesAgainAfterARestartOfRedis) {
  RedisProcess redis;
  Connect(redis);
  const Recorder a(io_, *bus_, "a");
  const Recorder b(io_, *bus_, "b");
  redis.Kill();
  ASSERT_TRUE(AwaitState(false));
  EXPECT_FALSE(Await(io_, bus_->TryLock("x", seconds(5))));
  const auto published = Await(io_, bus_->Publish("a", {1}));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, ErrorCode::kUnavailable);

  redis.Start();
  ASSERT_TRUE(redis.running());
  ASSERT_TRUE(AwaitState(true));
  // Subscribing once more is confirmed after all that was asked for before.
  const Recorder c(io_, *bus_, "c");
  ASSERT_TRUE(Await(io_, bus_->Publish("a", {1})));
  ASSERT_TRUE(Await(io_, bus_->Publish("b", {2})));
  ASSERT_TRUE(RunUntil(io_, [&] { return !a.payloads().empty() && !b.payloads().empty(); }));
}

TEST_F(RedisBusTest, ASubscriptionMadeWhileRedisIsAwayIsConfirmedWhenItComes) {
  RedisProcess redis;
  redis.Kill();
  Start(OptionsFor(redis.address()));
  bool confirmed = false;
  boost::asio::co_spawn(
      io_, bus_->Subscribe("x", [](ByteView) {}),
      [&](const std::exception_ptr&, auto entry) { confirmed = entry.has_value(); });
  ASSERT_TRUE(RunUntil(io_, [&] { return !states_.empty(); }));
  EXPECT_FALSE(confirmed);
  redis.Start();
  EXPECT_TRUE(RunUntil(io_, [&] { return confirmed; }));
}

TEST_F(RedisBusTest, SubscribeGivesUpInTime) {
  RedisProcess redis;
  redis.Kill();
  RedisOptions options = OptionsFor(redis.address());
  options.connect_timeout = milliseconds(50);
  Start(options);
  const auto entry = Await(io_, bus_->Subscribe("x", [](ByteView) {}));
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, ErrorCode::kTimeout);
}

TEST_F(RedisBusTest, NamesTheAddressAndTheReasonOnceWhileItCannotConnect) {
  RedisProcess redis;
  redis.Kill();
  Start(OptionsFor(redis.address()));
  const auto connected = Await(io_, bus_->AwaitConnected(milliseconds(300)));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::kTimeout);
  ASSERT_EQ(states_.size(), 1U);
  EXPECT_FALSE(states_[0].first);
  EXPECT_EQ(states_[0].second,
            "redis at " + redis.address() + ": connect: Connection refused; retrying in 0.1 s");
  EXPECT_TRUE(bus_->status().starts_with("redis at " + redis.address() +
                                         ": connect: Connection refused; retrying"));
}

TEST_F(RedisBusTest, TellsWhenItComesAndGoes) {
  RedisProcess redis;
  Connect(redis);
  EXPECT_EQ(bus_->status(), "redis at " + redis.address() + ": connected");
  ASSERT_EQ(states_.size(), 1U);
  EXPECT_TRUE(states_[0].first);
  redis.Kill();
  ASSERT_TRUE(AwaitState(false));
  ASSERT_GE(states_.size(), 2U);
  EXPECT_FALSE(states_[1].first);
  redis.Start();
  ASSERT_TRUE(AwaitState(true));
  EXPECT_TRUE(states_.back().first);
}

TEST_F(RedisBusTest, LogsInWithAPassword) {
  RedisProcess redis("secret-1");
  RedisOptions options = OptionsFor(redis.address());
  options.redis.password = "secret-1";
  Start(options);
  EXPECT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
}

TEST_F(RedisBusTest, LogsInWithAUserNameAndSelectsADatabase) {
  RedisProcess redis("secret-1");
  RedisOptions options = OptionsFor(redis.address());
  options.redis.username = "default";
  options.redis.password = "secret-1";
  options.redis.db = 3;
  Start(options);
  EXPECT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
  EXPECT_TRUE(Await(io_, bus_->TryLock("only in 3", seconds(5))));
  Await(io_, bus_->Stop());
  options.redis.db = 0;
  Start(options);
  EXPECT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
  EXPECT_TRUE(Await(io_, bus_->TryLock("only in 3", seconds(5))));
}

TEST_F(RedisBusTest, SaysThatThePasswordIsWrongWithoutRepeatingIt) {
  RedisProcess redis("secret-1");
  RedisOptions options = OptionsFor(redis.address());
  options.redis.password = "secret-2";
  Start(options);
  ASSERT_TRUE(RunUntil(io_, [this] { return !states_.empty(); }));
  EXPECT_FALSE(states_[0].first);
  EXPECT_TRUE(states_[0].second.contains("AUTH refused: WRONGPASS")) << states_[0].second;
  EXPECT_FALSE(states_[0].second.contains("secret"));
}

TEST_F(RedisBusTest, SaysThatAPasswordIsNeeded) {
  RedisProcess redis("secret-1");
  Start(OptionsFor(redis.address()));
  ASSERT_TRUE(RunUntil(io_, [this] { return !states_.empty(); }));
  EXPECT_TRUE(states_[0].second.contains("PING refused: NOAUTH")) << states_[0].second;
}

TEST_F(RedisBusTest, SaysThatTheDatabaseDoesNotExist) {
  RedisProcess redis;
  RedisOptions options = OptionsFor(redis.address());
  options.redis.db = 9999;
  Start(options);
  ASSERT_TRUE(RunUntil(io_, [this] { return !states_.empty(); }));
  EXPECT_TRUE(states_[0].second.contains("SELECT refused: ERR")) << states_[0].second;
}

TEST_F(RedisBusTest, RefusesAnAddressWithoutAPort) {
  Start(OptionsFor("localhost"));
  ASSERT_TRUE(RunUntil(io_, [this] { return !states_.empty(); }));
  EXPECT_TRUE(states_[0].second.contains("address is not host:port")) << states_[0].second;
}

TEST_F(RedisBusTest, TakesAnIpv6AddressInBrackets) {
  Start(OptionsFor("[::1]:1"));
  ASSERT_TRUE(RunUntil(io_, [this] { return !states_.empty(); }));
  EXPECT_TRUE(states_[0].second.starts_with("redis at [::1]:1: connect: ")) << states_[0].second;
}

TEST_F(RedisBusTest, SaysWhyASubscriptionWasRefusedAndKeepsTheOthers) {
  RedisProcess redis;
  RedisOptions options = OptionsFor(redis.address());
  options.connect_timeout = milliseconds(500);
  Start(options);
  ASSERT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
  const Recorder allowed(io_, *bus_, "allowed");
  ASSERT_TRUE(redis.Command("ACL SETUSER default resetchannels &allowed"));

  const auto refused = Await(io_, bus_->Subscribe("forbidden", [](ByteView) {}));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().context.contains("NOPERM")) << refused.error().context;
  ASSERT_TRUE(Await(io_, bus_->Publish("allowed", {1})));
  EXPECT_TRUE(RunUntil(io_, [&] { return !allowed.payloads().empty(); }));
}

TEST_F(RedisBusTest, NoticesAPeerThatStoppedAnswering) {
  RedisProcess redis;
  RedisOptions options = OptionsFor(redis.address());
  options.reply_timeout = milliseconds(300);
  options.ping_interval = milliseconds(100);
  Start(options);
  ASSERT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
  redis.Freeze();
  const auto published = Await(io_, bus_->Publish("x", {1}));
  ASSERT_FALSE(published);
  ASSERT_TRUE(AwaitState(false));
  redis.Thaw();
  ASSERT_TRUE(AwaitState(true));
}

TEST_F(RedisBusTest, StaysConnectedWhileIdle) {
  RedisProcess redis;
  RedisOptions options = OptionsFor(redis.address());
  options.ping_interval = milliseconds(10);
  options.reply_timeout = milliseconds(500);
  Start(options);
  ASSERT_TRUE(Await(io_, bus_->AwaitConnected(kTestPatience)));
  const Recorder recorder(io_, *bus_, "x");
  // A lapse of several ping intervals and the reply time-out.
  const TimePoint later = Clock::now() + milliseconds(700);
  RunUntil(io_, [&] { return Clock::now() >= later; });
  EXPECT_TRUE(bus_->connected());
  EXPECT_EQ(states_.size(), 1U);
}

TEST_F(RedisBusTest, FailsCommandsThatWaitWhenTheConnectionIsLost) {
  RedisProcess redis;
  Connect(redis);
  redis.Freeze();
  std::vector<ErrorCode> codes;
  for (int i = 0; i < 3; ++i) {
    boost::asio::co_spawn(io_, bus_->Publish("x", {1}),
                          [&](const std::exception_ptr&, Result<void> result) {
                            codes.push_back(result.error().code);
                          });
  }
  Settle(io_);
  redis.Kill();
  ASSERT_TRUE(RunUntil(io_, [&] { return codes.size() == 3; }));
  for (const ErrorCode code : codes) EXPECT_EQ(code, ErrorCode::kUnavailable);
}

TEST_F(RedisBusTest, StopsWhileItCannotConnect) {
  RedisProcess redis;
  redis.Kill();
  Start(OptionsFor(redis.address()));
  Settle(io_);
  Await(io_, bus_->Stop());
  bus_.reset();
}

boost::asio::awaitable<RpcResult<std::string>> Echo(std::string argument) {
  co_return "echo " + argument;
}

TEST_F(RedisBusTest, CarriesAWholeCallBetweenTwoProcessesWorthOfBuses) {
  RedisProcess redis;
  Connect(redis);
  RedisBus other(io_.get_executor(), OptionsFor(redis.address()));
  other.Start();
  const RpcServer::Prepare prepare = [](const std::string& argument) {
    return RpcResult<RpcServer::Job>([argument] { return Echo(argument); });
  };
  const RpcServer::Method method{.service = "IngressHandler", .name = "Stop", .topic = "IN_a"};
  auto server = Await(io_, RpcServer::Make(other, method, prepare));
  auto second = Await(io_, RpcServer::Make(*bus_, method, prepare));
  auto client = Await(io_, RpcClient::Make(*bus_, "IngressHandler"));
  for (int i = 0; i < 20; ++i) {
    const auto result = Await(io_, (*client)->Call("Stop", "IN_a", std::to_string(i)));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, "echo " + std::to_string(i));
  }
  client->reset();
  server->reset();
  second->reset();
  Await(io_, other.Stop());
}

}  // namespace
}  // namespace ingress::rpc
