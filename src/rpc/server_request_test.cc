#include "rpc/server_request.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/testing/hex.h"
#include "rpc/envelope.h"
#include "rpc/testing/vectors.h"

namespace ingress::rpc {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Claim = ServerRequest::Claim;

const TimePoint kNow{std::chrono::hours(1)};

WallTime Wall(long long unix_nanoseconds) {
  return WallTime(std::chrono::duration_cast<WallClock::duration>(nanoseconds(unix_nanoseconds)));
}

Result<ServerRequest> AcceptDemo(long long wall = vectors::kSentAt) {
  return ServerRequest::Accept(FromHex(vectors::kRequest), "IOInfo",
                               std::string(vectors::kServerId), Wall(wall), kNow);
}

::internal::ClaimResponse Grant(std::string_view request, std::string_view server) {
  ::internal::ClaimResponse grant;
  grant.set_request_id(std::string(request));
  grant.set_server_id(std::string(server));
  return grant;
}

TEST(QueueLockKeyTest, IsTheBase64HashOfTheWholePayload) {
  EXPECT_EQ(QueueLockKey(FromHex(vectors::kRequest)), vectors::kRequestLock);
}

TEST(ServerRequestTest, BidsOnTheClientsChannel) {
  const auto request = AcceptDemo();
  ASSERT_TRUE(request) << request.error().context;
  EXPECT_EQ(request->argument(), AsText(FromHex(vectors::kArgument)));
  const Outgoing bid = request->Bid(1.0F);
  EXPECT_EQ(bid.channel, "IOInfo|CLI_IngrDemo0001|CLAIM");
  EXPECT_EQ(bid.payload, FromHex(vectors::kBid));
}

TEST(ServerRequestTest, AnswersOnTheClientsChannel) {
  auto request = AcceptDemo();
  const std::string result(AsText(FromHex(vectors::kResult)));
  const auto response = request->Respond(result, Wall(vectors::kAnsweredAt));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->channel, "IOInfo|CLI_IngrDemo0001|RES");
  EXPECT_EQ(response->payload, FromHex(vectors::kResponse));
}

TEST(ServerRequestTest, AnswersAFailureWithCodeAndText) {
  auto request = AcceptDemo();
  const auto response =
      request->Respond(RpcFail("not_found", "ingress does not exist"), Wall(vectors::kAnsweredAt));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->payload, FromHex(vectors::kErrorResponse));
}

TEST(ServerRequestTest, NeverSendsAnEmptyError) {
  for (const char* code : {"", "internal"}) {
    auto request = AcceptDemo();
    const auto sent = request->Respond(RpcFail(code, ""), Wall(vectors::kAnsweredAt));
    const auto response = Unpack<::internal::Response>(sent->payload);
    ASSERT_TRUE(response);
    EXPECT_FALSE(response->error().empty());
    EXPECT_FALSE(response->code().empty());
  }
}

TEST(ServerRequestTest, MakesErrorTextsValidUtf8) {
  auto request = AcceptDemo();
  const auto sent = request->Respond(RpcFail("internal", "bad \xFF"), Wall(vectors::kAnsweredAt));
  const auto response = Unpack<::internal::Response>(sent->payload);
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->error(), "bad \xEF\xBF\xBD");
}

TEST(ServerRequestTest, AnswersOnlyOnce) {
  auto request = AcceptDemo();
  EXPECT_TRUE(request->Respond(std::string("x"), Wall(vectors::kAnsweredAt)));
  EXPECT_FALSE(request->Respond(std::string("x"), Wall(vectors::kAnsweredAt)));
  EXPECT_FALSE(request->Respond(RpcFail("internal", "x"), Wall(vectors::kAnsweredAt)));
}

TEST(ServerRequestTest, WaitsForAGrantUntilTheExpiry) {
  const auto request = AcceptDemo();
  EXPECT_EQ(request->deadline(), kNow + seconds(3));
  EXPECT_EQ(request->claim(kNow), Claim::kWaiting);
  EXPECT_EQ(request->claim(kNow + seconds(3) - nanoseconds(1)), Claim::kWaiting);
  EXPECT_EQ(request->claim(kNow + seconds(3)), Claim::kLost);
}

TEST(ServerRequestTest, WinsByItsOwnServerIdOnly) {
  auto ours = AcceptDemo();
  ours->Receive(Grant(vectors::kRequestId, vectors::kServerId));
  EXPECT_EQ(ours->claim(kNow), Claim::kWon);

  auto theirs = AcceptDemo();
  theirs->Receive(Grant(vectors::kRequestId, "SRV_other"));
  EXPECT_EQ(theirs->claim(kNow), Claim::kLost);
}

TEST(ServerRequestTest, TheFirstGrantStands) {
  auto request = AcceptDemo();
  request->Receive(Grant(vectors::kRequestId, "SRV_other"));
  request->Receive(Grant(vectors::kRequestId, vectors::kServerId));
  EXPECT_EQ(request->claim(kNow), Claim::kLost);
}

TEST(ServerRequestTest, IgnoresGrantsOfOtherRequests) {
  auto request = AcceptDemo();
  request->Receive(Grant("REQ_other", vectors::kServerId));
  EXPECT_EQ(request->claim(kNow), Claim::kWaiting);
}

TEST(ServerRequestTest, DropsAnExpiredRequest) {
  EXPECT_TRUE(AcceptDemo(vectors::kExpiry - 1));
  const auto late = AcceptDemo(vectors::kExpiry);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
}

TEST(ServerRequestTest, BoundsTheWaitOfARequestThatHardlyEverExpires) {
  ::internal::Request eternal;
  eternal.set_request_id("REQ_a");
  eternal.set_client_id("CLI_a");
  eternal.set_expiry(std::numeric_limits<std::int64_t>::max());
  const auto request =
      ServerRequest::Accept(Pack(eternal), "IOInfo", "SRV_a", Wall(vectors::kSentAt), kNow);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->deadline(), kNow + kMaxGrantWait);
}

TEST(ServerRequestTest, DropsARequestWithoutUsableIds) {
  ::internal::Request request;
  request.set_expiry(vectors::kExpiry);
  const auto accept = [&] {
    return ServerRequest::Accept(Pack(request), "IOInfo", "SRV_a", Wall(vectors::kSentAt), kNow)
        .has_value();
  };
  EXPECT_FALSE(accept());
  request.set_request_id("REQ_a");
  EXPECT_FALSE(accept());
  request.set_client_id(std::string(kMaxIdLength, 'c'));
  EXPECT_TRUE(accept());
  request.set_client_id(std::string(kMaxIdLength + 1, 'c'));
  EXPECT_FALSE(accept());
}

TEST(ServerRequestTest, DropsWhatIsNoRequest) {
  const auto accept = [](ByteView payload) {
    return ServerRequest::Accept(payload, "IOInfo", "SRV_a", Wall(vectors::kSentAt), kNow)
        .has_value();
  };
  EXPECT_FALSE(accept(FromHex(vectors::kGrant)));
  EXPECT_FALSE(accept(FromHex(vectors::kResponse)));
  EXPECT_FALSE(accept(AsBytes("hello")));
  EXPECT_FALSE(accept({}));
}

}  // namespace
}  // namespace ingress::rpc
