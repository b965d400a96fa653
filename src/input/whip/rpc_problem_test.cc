#include "input/whip/rpc_problem.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

TEST(RpcProblemTest, ComesThroughAnotherNodeAsItWas) {
  for (const unsigned status : {400U, 401U, 404U, 412U, 422U, 429U}) {
    const WhipProblem problem =
        ProblemOf(RpcErrorOf({.status = status, .code = "x", .cause = "why", .remedy = "y"}));
    EXPECT_EQ(problem.status, status);
    EXPECT_EQ(problem.cause, "why");
    EXPECT_FALSE(problem.remedy.empty());
  }
  EXPECT_EQ(ProblemOf(RpcErrorOf({.status = 413})).status, 400U);
}

TEST(RpcProblemTest, TellsANodeThatIsAwayFromASessionThatIsNot) {
  EXPECT_EQ(ProblemOf(rpc::RpcError{.code = "not_found", .message = "none"}).status, 404U);
  EXPECT_EQ(ProblemOf(rpc::RpcError{.code = "canceled", .message = "it ended"}).status, 404U);
  EXPECT_EQ(ProblemOf(rpc::RpcError{.code = "unavailable", .message = "no response"}).status, 503U);
  const WhipProblem away = ProblemOf(
      rpc::RpcError{.code = "unavailable", .message = "redis at 10.0.0.1", .bus_away = true});
  EXPECT_EQ(away.status, 503U);
  EXPECT_EQ(away.cause, "the node cannot reach the other nodes of its cluster");
  EXPECT_TRUE(away.retry_after.has_value());
  EXPECT_EQ(ProblemOf(rpc::RpcError{.code = "deadline_exceeded", .message = "x"}).status, 503U);
  EXPECT_EQ(ProblemOf(rpc::RpcError{.code = "unprocessable_entity", .message = "x"}).status, 422U);
}

}  // namespace
}  // namespace ingress::input
