#include "rpc/rpc_server.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/event.h"
#include "rpc/envelope.h"
#include "rpc/in_process_bus.h"
#include "rpc/rpc_client.h"
#include "rpc/server_request.h"
#include "rpc/testing/await.h"
#include "rpc/wall_nanoseconds.h"

namespace ingress::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A handler that the test holds back at will, and that counts how often it ran.
struct Work {
  net::Event released;
  bool hold = false;
  int begun = 0;
};

boost::asio::awaitable<RpcResult<std::string>> Echo(std::shared_ptr<Work> work,
                                                    std::string argument) {
  ++work->begun;
  while (work->hold) co_await work->released.WaitUntil(Clock::now() + kTestPatience);
  if (argument == "fail") co_return RpcFail("failed_precondition", "cannot");
  co_return "echo " + argument;
}

/// A server of IngressHandler|Stop|IN_a, and the channels around it laid open.
class RpcServerTest : public testing::Test {
 protected:
  ~RpcServerTest() override {
    server_.reset();
    Await(io_, bus_.Stop());
  }

  std::unique_ptr<RpcServer> MakeServer(RpcServer::Method method) {
    const RpcServer::Prepare prepare = [work = work_](const std::string& argument) {
      if (argument == "malformed") {
        return RpcResult<RpcServer::Job>(RpcFail("malformed_request", "bad argument"));
      }
      return RpcResult<RpcServer::Job>([work, argument] { return Echo(work, argument); });
    };
    auto server = Await(io_, RpcServer::Make(bus_, std::move(method), prepare));
    return std::move(*server);
  }

  std::unique_ptr<RpcServer> MakeServer(bool queue = true, bool claim = true) {
    return MakeServer({.service = "IngressHandler",
                       .name = "Stop",
                       .topic = "IN_a",
                       .queue = queue,
                       .claim = claim});
  }

  void Serve(bool queue = true, bool claim = true) { server_ = MakeServer(queue, claim); }

  static ::internal::Request MakeRequest(std::string argument = "hello") {
    ::internal::Request request;
    request.set_request_id("REQ_1");
    request.set_client_id("CLI_x");
    request.set_expiry(ToNanoseconds(WallClock::now() + seconds(60)));
    request.set_raw_request(std::move(argument));
    return request;
  }

  template <typename T>
  void Send(const std::string& channel, const T& message) {
    Await(io_, bus_.Publish(channel, Pack(message)));
    Settle(io_);
  }

  void SendRequest(const ::internal::Request& request) {
    Send("IngressHandler|Stop|IN_a|REQ", request);
  }

  void Grant(const std::string& server_id, const std::string& request_id = "REQ_1") {
    ::internal::ClaimResponse grant;
    grant.set_request_id(request_id);
    grant.set_server_id(server_id);
    Send("IngressHandler|Stop|IN_a|RCLAIM", grant);
  }

  std::string BidderOf(std::size_t index) {
    return Unpack<::internal::ClaimRequest>(bids_.payloads().at(index)).value().server_id();
  }

  ::internal::Response ResponseAt(std::size_t index) {
    return Unpack<::internal::Response>(responses_.payloads().at(index)).value();
  }

  boost::asio::io_context io_;
  InProcessBus bus_{io_.get_executor()};
  Recorder bids_{io_, bus_, "IngressHandler|CLI_x|CLAIM"};
  Recorder responses_{io_, bus_, "IngressHandler|CLI_x|RES"};
  std::shared_ptr<Work> work_ = std::make_shared<Work>();
  std::unique_ptr<RpcServer> server_;
};

TEST_F(RpcServerTest, AnswersOnlyAfterTheGrant) {
  Serve();
  SendRequest(MakeRequest());
  ASSERT_EQ(bids_.payloads().size(), 1U);
  const auto bid = Unpack<::internal::ClaimRequest>(bids_.payloads()[0]).value();
  EXPECT_EQ(bid.request_id(), "REQ_1");
  EXPECT_TRUE(bid.server_id().starts_with("SRV_"));
  EXPECT_EQ(bid.affinity(), 1.0F);
  EXPECT_EQ(work_->begun, 0);
  EXPECT_TRUE(responses_.payloads().empty());

  Grant(bid.server_id());
  ASSERT_EQ(responses_.payloads().size(), 1U);
  const auto response = ResponseAt(0);
  EXPECT_EQ(response.request_id(), "REQ_1");
  EXPECT_EQ(response.server_id(), bid.server_id());
  EXPECT_EQ(response.raw_response(), "echo hello");
  EXPECT_EQ(response.error(), "");
  EXPECT_EQ(response.code(), "");
  EXPECT_GT(response.sent_at(), 0);
}

TEST_F(RpcServerTest, StaysSilentWhenAnotherServerWins) {
  Serve();
  SendRequest(MakeRequest());
  Grant("SRV_other");
  Grant(BidderOf(0));
  EXPECT_EQ(work_->begun, 0);
  EXPECT_TRUE(responses_.payloads().empty());
}

TEST_F(RpcServerTest, BidsAsItsMethodSays) {
  server_ = MakeServer({.service = "IngressHandler",
                        .name = "Stop",
                        .topic = "IN_a",
                        .affinity = 0.25F,
                        .bid_after = milliseconds(1)});
  SendRequest(MakeRequest());
  RunUntil(io_, [this] { return !bids_.payloads().empty(); });
  EXPECT_EQ(Unpack<::internal::ClaimRequest>(bids_.payloads()[0]).value().affinity(), 0.25F);
}

TEST_F(RpcServerTest, BidsNoMoreForWhatAnotherServerWonMeanwhile) {
  server_ = MakeServer({.service = "IngressHandler",
                        .name = "Stop",
                        .topic = "IN_a",
                        .bid_after = std::chrono::hours(1)});
  SendRequest(MakeRequest());
  Grant("SRV_other");
  RunUntil(io_, [this] { return bus_.tasks().running() == 0; });
  EXPECT_TRUE(bids_.payloads().empty());
}

TEST_F(RpcServerTest, BidsNoMoreOnceItIsClosed) {
  server_ = MakeServer({.service = "IngressHandler",
                        .name = "Stop",
                        .topic = "IN_a",
                        .bid_after = std::chrono::hours(1)});
  SendRequest(MakeRequest());
  server_.reset();
  RunUntil(io_, [this] { return bus_.tasks().running() == 0; });
  EXPECT_TRUE(bids_.payloads().empty());
  EXPECT_TRUE(responses_.payloads().empty());
}

TEST_F(RpcServerTest, StaysSilentWhenTheGrantDoesNotComeInTime) {
  Serve();
  ::internal::Request request = MakeRequest();
  request.set_expiry(ToNanoseconds(WallClock::now() + milliseconds(30)));
  SendRequest(request);
  RunUntil(io_, [this] { return bus_.tasks().running() == 0; });
  EXPECT_TRUE(responses_.payloads().empty());
}

TEST_F(RpcServerTest, AnswersAFailedHandlerWithItsCode) {
  Serve();
  SendRequest(MakeRequest("fail"));
  Grant(BidderOf(0));
  EXPECT_EQ(ResponseAt(0).code(), "failed_precondition");
  EXPECT_EQ(ResponseAt(0).error(), "cannot");
}

TEST_F(RpcServerTest, RefusesAMalformedArgumentWithoutBidding) {
  Serve();
  SendRequest(MakeRequest("malformed"));
  EXPECT_TRUE(bids_.payloads().empty());
  ASSERT_EQ(responses_.payloads().size(), 1U);
  EXPECT_EQ(ResponseAt(0).code(), "malformed_request");
}

TEST_F(RpcServerTest, DropsAnExpiredRequest) {
  Serve();
  ::internal::Request request = MakeRequest();
  request.set_expiry(ToNanoseconds(WallClock::now()));
  SendRequest(request);
  EXPECT_TRUE(bids_.payloads().empty());
}

TEST_F(RpcServerTest, TakesARequestOnlyWithItsLock) {
  Serve();
  const ::internal::Request request = MakeRequest();
  ASSERT_TRUE(Await(io_, bus_.TryLock(QueueLockKey(Pack(request)), kQueueLockTtl)));
  SendRequest(request);
  EXPECT_TRUE(bids_.payloads().empty());
}

TEST_F(RpcServerTest, OfTwoServersOnAQueueOneTakesTheRequest) {
  Serve();
  const auto second = MakeServer();
  SendRequest(MakeRequest());
  EXPECT_EQ(bids_.payloads().size(), 1U);
}

TEST_F(RpcServerTest, WithoutQueueEveryServerBids) {
  Serve(false, true);
  const auto second = MakeServer(false, true);
  SendRequest(MakeRequest());
  EXPECT_EQ(bids_.payloads().size(), 2U);
}

TEST_F(RpcServerTest, WithoutClaimItAnswersAtOnce) {
  Serve(true, false);
  SendRequest(MakeRequest());
  EXPECT_TRUE(bids_.payloads().empty());
  ASSERT_EQ(responses_.payloads().size(), 1U);
  EXPECT_EQ(ResponseAt(0).raw_response(), "echo hello");
}

TEST_F(RpcServerTest, AMessageDeliveredTwiceIsAnsweredOnce) {
  Serve(false, true);
  SendRequest(MakeRequest());
  SendRequest(MakeRequest());
  EXPECT_EQ(bids_.payloads().size(), 1U);
  Grant(BidderOf(0));
  Grant(BidderOf(0));
  EXPECT_EQ(responses_.payloads().size(), 1U);
  EXPECT_EQ(work_->begun, 1);
}

TEST_F(RpcServerTest, AHandlerAtWorkAnswersAfterTheServerIsGone) {
  Serve();
  work_->hold = true;
  SendRequest(MakeRequest());
  Grant(BidderOf(0));
  EXPECT_EQ(work_->begun, 1);
  server_.reset();
  EXPECT_TRUE(responses_.payloads().empty());

  work_->hold = false;
  work_->released.Notify();
  RunUntil(io_, [this] { return !responses_.payloads().empty(); });
  EXPECT_EQ(ResponseAt(0).raw_response(), "echo hello");
}

TEST_F(RpcServerTest, AGrantedRequestIsAnsweredEvenWhenItsHandlerWillNotBegin) {
  Serve();
  SendRequest(MakeRequest());
  ::internal::ClaimResponse grant;
  grant.set_request_id("REQ_1");
  grant.set_server_id(BidderOf(0));
  bool gone = false;
  // Runs right after the server has heard the grant, before its coroutine goes on.
  const auto late = Await(io_, bus_.Subscribe("IngressHandler|Stop|IN_a|RCLAIM", [&](ByteView) {
    server_.reset();
    gone = true;
  }));
  Send("IngressHandler|Stop|IN_a|RCLAIM", grant);
  EXPECT_TRUE(gone);
  EXPECT_EQ(work_->begun, 0);
  ASSERT_EQ(responses_.payloads().size(), 1U);
  EXPECT_EQ(ResponseAt(0).code(), "canceled");
  EXPECT_EQ(ResponseAt(0).error(), "server is closed");
}

TEST_F(RpcServerTest, ARequestNotYetGrantedIsDroppedWithTheServer) {
  Serve();
  SendRequest(MakeRequest());
  const std::string bidder = BidderOf(0);
  server_.reset();
  Grant(bidder);
  EXPECT_TRUE(responses_.payloads().empty());
  EXPECT_EQ(bus_.tasks().running(), 0);
}

TEST_F(RpcServerTest, PassesOverWrongTypesOnItsChannels) {
  Serve();
  ::internal::Response response;
  response.set_request_id("REQ_1");
  SendRequest(MakeRequest());
  Send("IngressHandler|Stop|IN_a|REQ", response);
  Send("IngressHandler|Stop|IN_a|RCLAIM", response);
  Send("IngressHandler|Stop|IN_a|RCLAIM", MakeRequest());
  Await(io_, bus_.Publish("IngressHandler|Stop|IN_a|REQ", {0xFF}));
  Await(io_, bus_.Publish("IngressHandler|Stop|IN_a|RCLAIM", {}));
  Settle(io_);
  EXPECT_EQ(bids_.payloads().size(), 1U);
  EXPECT_TRUE(responses_.payloads().empty());
  Grant(BidderOf(0));
  EXPECT_EQ(responses_.payloads().size(), 1U);
}

TEST_F(RpcServerTest, DropsRequestsAboveItsLimit) {
  Serve();
  for (int i = 0; i < kMaxRequestsInFlight + 5; ++i) {
    ::internal::Request request = MakeRequest();
    request.set_request_id("REQ_" + std::to_string(i));
    SendRequest(request);
  }
  EXPECT_EQ(bids_.payloads().size(), static_cast<std::size_t>(kMaxRequestsInFlight));
}

TEST_F(RpcServerTest, ServesOurOwnClient) {
  Serve();
  const auto client = Await(io_, RpcClient::Make(bus_, "IngressHandler"));
  const auto echo = Await(io_, (*client)->Call("Stop", "IN_a", "hello"));
  ASSERT_TRUE(echo);
  EXPECT_EQ(*echo, "echo hello");
  const auto failed = Await(io_, (*client)->Call("Stop", "IN_a", "fail"));
  EXPECT_EQ(failed.error().code, "failed_precondition");
  const auto malformed = Await(io_, (*client)->Call("Stop", "IN_a", "malformed"));
  EXPECT_EQ(malformed.error().code, "malformed_request");
  const auto affinity = Await(
      io_, (*client)->Call("Stop", "IN_a", "high",
                           {.affinity = true, .short_circuit = std::chrono::milliseconds(5)}));
  EXPECT_EQ(affinity.value(), "echo high");
}

}  // namespace
}  // namespace ingress::rpc
