#include "rpc/client_call.h"

#include <gtest/gtest.h>

#include <string>

namespace ingress::rpc {
namespace {

using std::chrono::milliseconds;

constexpr const char* kId = "REQ_aaaaBBBB0001";
const TimePoint kStart{std::chrono::hours(1)};
constexpr CallOptions kQueued{};
constexpr CallOptions kAffinity{.queue = false, .affinity = true};

TimePoint At(int ms) { return kStart + milliseconds(ms); }

::internal::ClaimRequest Bid(const std::string& server, float affinity = 1.0F) {
  ::internal::ClaimRequest bid;
  bid.set_request_id(kId);
  bid.set_server_id(server);
  bid.set_affinity(affinity);
  return bid;
}

::internal::Response Answer(const std::string& bytes) {
  ::internal::Response response;
  response.set_request_id(kId);
  response.set_raw_response(bytes);
  return response;
}

::internal::Response Failure(const std::string& code, const std::string& error) {
  ::internal::Response response;
  response.set_request_id(kId);
  response.set_code(code);
  response.set_error(error);
  return response;
}

void ExpectError(const ClientCall& call, const std::string& code, const std::string& message) {
  ASSERT_TRUE(call.result());
  ASSERT_FALSE(*call.result());
  EXPECT_EQ(call.result()->error().code, code);
  EXPECT_EQ(call.result()->error().message, message);
}

TEST(ClientCallTest, GrantsTheFirstBidAtOnce) {
  ClientCall call(kId, kQueued, kStart);
  const auto grant = call.Receive(Bid("SRV_a"), At(5));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->request_id(), kId);
  EXPECT_EQ(grant->server_id(), "SRV_a");
  EXPECT_FALSE(call.Receive(Bid("SRV_b"), At(6)));
  EXPECT_FALSE(call.result());
}

TEST(ClientCallTest, WithoutAffinityEvenABidOfZeroWins) {
  ClientCall call(kId, kQueued, kStart);
  EXPECT_TRUE(call.Receive(Bid("SRV_a", 0.0F), At(5)));
}

TEST(ClientCallTest, TheResponseAfterTheGrantIsTheResult) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  call.Receive(Answer("bytes"));
  ASSERT_TRUE(call.result());
  EXPECT_EQ(call.result()->value(), "bytes");
}

TEST(ClientCallTest, OnlyTheFirstResponseCounts) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  call.Receive(Answer("first"));
  call.Receive(Failure("internal", "second"));
  EXPECT_EQ(call.result()->value(), "first");
}

TEST(ClientCallTest, AnErrorTextMakesAFailure) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  call.Receive(Failure("not_found", "ingress does not exist"));
  ExpectError(call, "not_found", "ingress does not exist");
}

TEST(ClientCallTest, AFailureWithoutCodeIsUnknown) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  call.Receive(Failure("", "boom"));
  ExpectError(call, "unknown", "boom");
}

TEST(ClientCallTest, ACodeWithoutErrorTextIsASuccess) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  call.Receive(Failure("internal", ""));
  ASSERT_TRUE(call.result());
  EXPECT_TRUE(call.result()->has_value());
}

TEST(ClientCallTest, FailsAfterASecondWithoutABid) {
  ClientCall call(kId, kQueued, kStart);
  EXPECT_EQ(call.deadline(), At(1000));
  EXPECT_FALSE(call.HandleTimeout(At(999)));
  EXPECT_FALSE(call.result());
  EXPECT_FALSE(call.HandleTimeout(At(1000)));
  ExpectError(call, "unavailable", "no response from servers");
}

TEST(ClientCallTest, SelectionTakesNoLongerThanTheCall) {
  ClientCall call(kId, {.timeout = milliseconds(300)}, kStart);
  EXPECT_EQ(call.deadline(), At(300));
}

TEST(ClientCallTest, TimesOutWhenTheWinnerDoesNotAnswer) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Bid("SRV_a"), At(5));
  EXPECT_EQ(call.deadline(), At(3000));
  call.HandleTimeout(At(2999));
  EXPECT_FALSE(call.result());
  call.HandleTimeout(At(3000));
  ExpectError(call, "deadline_exceeded", "request timed out");
}

TEST(ClientCallTest, WithAffinityTheHighestBidWinsAfterTheShortCircuit) {
  ClientCall call(kId, kAffinity, kStart);
  EXPECT_FALSE(call.Receive(Bid("SRV_a", 0.4F), At(10)));
  EXPECT_EQ(call.deadline(), At(210));
  EXPECT_FALSE(call.Receive(Bid("SRV_b", 1.0F), At(20)));
  EXPECT_FALSE(call.Receive(Bid("SRV_c", 0.9F), At(30)));
  EXPECT_EQ(call.deadline(), At(210));
  EXPECT_FALSE(call.HandleTimeout(At(209)));
  const auto grant = call.HandleTimeout(At(210));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->server_id(), "SRV_b");
}

TEST(ClientCallTest, WithAffinityTheEarlierOfTwoEqualBidsWins) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Bid("SRV_a", 0.5F), At(10));
  call.Receive(Bid("SRV_b", 0.5F), At(11));
  EXPECT_EQ(call.HandleTimeout(At(210))->server_id(), "SRV_a");
}

TEST(ClientCallTest, WithAffinityABidOfZeroNeverWinsButCounts) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Bid("SRV_a", 0.0F), At(10));
  call.Receive(Bid("SRV_b", -1.0F), At(20));
  EXPECT_FALSE(call.HandleTimeout(At(210)));
  ExpectError(call, "unavailable", "no servers available (received 2 responses)");
}

TEST(ClientCallTest, TheShortCircuitDoesNotProlongTheSelection) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Bid("SRV_a", 0.5F), At(950));
  EXPECT_EQ(call.deadline(), At(1000));
}

TEST(ClientCallTest, AnEarlyErrorIsReportedWhenTheSelectionEnds) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Failure("malformed_request", "bad"));
  EXPECT_FALSE(call.result());
  call.HandleTimeout(At(1000));
  ExpectError(call, "malformed_request", "bad");
}

TEST(ClientCallTest, AnEarlyErrorGivesWayToABid) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Failure("malformed_request", "bad"));
  call.Receive(Bid("SRV_b", 0.5F), At(10));
  ASSERT_TRUE(call.HandleTimeout(At(210)));
  EXPECT_FALSE(call.result());
}

TEST(ClientCallTest, WithoutQueueAnEarlySuccessIsThrownAway) {
  ClientCall call(kId, kAffinity, kStart);
  call.Receive(Answer("early"));
  EXPECT_FALSE(call.result());
}

TEST(ClientCallTest, OnAQueueAnEarlyResponseIsFinal) {
  ClientCall call(kId, kQueued, kStart);
  call.Receive(Failure("malformed_request", "bad"));
  ExpectError(call, "malformed_request", "bad");
  EXPECT_FALSE(call.Receive(Bid("SRV_a"), At(5)));
}

TEST(ClientCallTest, WithoutClaimTheFirstResponseIsTheResult) {
  ClientCall call(kId, {.claim = false}, kStart);
  EXPECT_EQ(call.deadline(), At(3000));
  EXPECT_FALSE(call.Receive(Bid("SRV_a"), At(5)));
  call.Receive(Answer(""));
  ASSERT_TRUE(call.result());
  EXPECT_EQ(call.result()->value(), "");
}

}  // namespace
}  // namespace ingress::rpc
