#include "rpc/rpc_client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "rpc/envelope.h"
#include "rpc/in_process_bus.h"
#include "rpc/testing/await.h"

namespace ingress::rpc {
namespace {

using std::chrono::milliseconds;

constexpr CallOptions kShort{.timeout = milliseconds(60), .selection_timeout = milliseconds(20)};

/// A client, and the channels around it laid open.
class RpcClientTest : public testing::Test {
 protected:
  RpcClientTest() {
    auto client = Await(io_, RpcClient::Make(bus_, "IOInfo"));
    client_ = std::move(*client);
  }

  void Call(CallOptions options = {}) {
    boost::asio::co_spawn(io_, client_->Call("Get", "", "argument", options),
                          [this](const std::exception_ptr&, RpcResult<std::string> result) {
                            result_ = std::move(result);
                          });
  }

  ::internal::Request AwaitRequest() {
    RunUntil(io_, [this] { return !requests_.payloads().empty(); });
    return Unpack<::internal::Request>(requests_.payloads().at(0)).value();
  }

  template <typename T>
  void Send(const std::string& channel, const T& message) {
    Await(io_, bus_.Publish(channel, Pack(message)));
    Settle(io_);
  }

  void Bid(const ::internal::Request& request, const std::string& server) {
    ::internal::ClaimRequest bid;
    bid.set_request_id(request.request_id());
    bid.set_server_id(server);
    bid.set_affinity(1);
    Send("IOInfo|" + request.client_id() + "|CLAIM", bid);
  }

  static ::internal::Response Answer(const ::internal::Request& request) {
    ::internal::Response response;
    response.set_request_id(request.request_id());
    response.set_raw_response("result");
    return response;
  }

  boost::asio::io_context io_;
  InProcessBus bus_{io_.get_executor()};
  Recorder requests_{io_, bus_, "IOInfo|Get|REQ"};
  Recorder grants_{io_, bus_, "IOInfo|Get|RCLAIM"};
  std::unique_ptr<RpcClient> client_;
  std::optional<RpcResult<std::string>> result_;
};

TEST_F(RpcClientTest, GoesThroughRequestBidGrantAndResponse) {
  Call();
  const auto request = AwaitRequest();
  EXPECT_TRUE(request.request_id().starts_with("REQ_"));
  EXPECT_TRUE(request.client_id().starts_with("CLI_"));
  EXPECT_EQ(request.expiry() - request.sent_at(), 3'000'000'000);
  EXPECT_EQ(request.raw_request(), "argument");
  EXPECT_FALSE(request.multi());

  Bid(request, "SRV_a");
  ASSERT_EQ(grants_.payloads().size(), 1U);
  const auto grant = Unpack<::internal::ClaimResponse>(grants_.payloads()[0]);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->request_id(), request.request_id());
  EXPECT_EQ(grant->server_id(), "SRV_a");

  Send("IOInfo|" + request.client_id() + "|RES", Answer(request));
  ASSERT_TRUE(result_);
  EXPECT_EQ(result_->value(), "result");
}

TEST_F(RpcClientTest, GrantsOnlyOneBid) {
  Call();
  const auto request = AwaitRequest();
  Bid(request, "SRV_a");
  Bid(request, "SRV_b");
  EXPECT_EQ(grants_.payloads().size(), 1U);
}

/// A bus that takes subscriptions, but nothing that is published.
class BusThatIsAway final : public MessageBus {
 public:
  explicit BusThatIsAway(InProcessBus& bus) : bus_(bus) {}

  boost::asio::awaitable<Result<std::unique_ptr<Subscription>>> Subscribe(
      std::string channel, Handler handler) override {
    return bus_.Subscribe(std::move(channel), std::move(handler));
  }
  boost::asio::awaitable<Result<void>> Publish(std::string, Bytes) override {
    co_return Fail(ErrorCode::kUnavailable, "redis at h:1: connect: refused");
  }
  boost::asio::awaitable<bool> TryLock(std::string, std::chrono::seconds) override {
    co_return false;
  }
  boost::asio::awaitable<void> Unlock(std::string) override { co_return; }
  boost::asio::awaitable<std::optional<bool>> HasListeners(std::string) override {
    co_return std::nullopt;
  }
  bool connected() const override { return false; }
  std::string status() const override { return "away"; }
  boost::asio::awaitable<void> Stop() override { return bus_.Stop(); }
  net::TaskScope& tasks() override { return bus_.tasks(); }

 private:
  InProcessBus& bus_;
};

TEST_F(RpcClientTest, SaysThatTheBusIsAway) {
  BusThatIsAway away(bus_);
  client_ = std::move(*Await(io_, RpcClient::Make(away, "IOInfo")));
  Call();
  ASSERT_TRUE(RunUntil(io_, [this] { return result_.has_value(); }));
  EXPECT_EQ(result_->error().code, "unavailable");
  EXPECT_EQ(result_->error().message, "redis at h:1: connect: refused");
  EXPECT_TRUE(result_->error().bus_away);
  client_.reset();
}

TEST_F(RpcClientTest, IsUnavailableWhenNobodyBids) {
  Call(kShort);
  ASSERT_TRUE(RunUntil(io_, [this] { return result_.has_value(); }));
  EXPECT_EQ(result_->error().code, "unavailable");
  EXPECT_EQ(result_->error().message, "no response from servers");
  EXPECT_FALSE(result_->error().bus_away);
}

TEST_F(RpcClientTest, TimesOutWhenTheGrantedServerStaysSilent) {
  Call(kShort);
  Bid(AwaitRequest(), "SRV_a");
  ASSERT_TRUE(RunUntil(io_, [this] { return result_.has_value(); }));
  EXPECT_EQ(result_->error().code, "deadline_exceeded");
}

TEST_F(RpcClientTest, PassesOverWrongTypesAndOtherRequests) {
  Call();
  const auto request = AwaitRequest();
  const std::string bids = "IOInfo|" + request.client_id() + "|CLAIM";
  const std::string responses = "IOInfo|" + request.client_id() + "|RES";
  Send(bids, Answer(request));
  Send(bids, request);
  Send(responses, request);
  ::internal::Response other = Answer(request);
  other.set_request_id("REQ_other");
  Send(responses, other);
  Await(io_, bus_.Publish(responses, {0xFF, 0xFF}));
  Await(io_, bus_.Publish(bids, {}));
  Settle(io_);
  EXPECT_FALSE(result_);
  EXPECT_TRUE(grants_.payloads().empty());

  Bid(request, "SRV_a");
  Send(responses, Answer(request));
  EXPECT_EQ(result_->value(), "result");
}

TEST_F(RpcClientTest, IgnoresALateResponse) {
  Call(kShort);
  const auto request = AwaitRequest();
  ASSERT_TRUE(RunUntil(io_, [this] { return result_.has_value(); }));
  Send("IOInfo|" + request.client_id() + "|RES", Answer(request));
  EXPECT_FALSE(result_->has_value());
}

TEST_F(RpcClientTest, EndsRunningCallsWhenItGoes) {
  Call();
  AwaitRequest();
  client_.reset();
  ASSERT_TRUE(RunUntil(io_, [this] { return result_.has_value(); }));
  EXPECT_EQ(result_->error().code, "canceled");
}

}  // namespace
}  // namespace ingress::rpc
