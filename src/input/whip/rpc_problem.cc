#include "input/whip/rpc_problem.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace ingress::input {
namespace {

struct Kind {
  std::string_view rpc;  // psrpc's code
  unsigned status;
  std::string_view code;
  std::string_view remedy;
};

constexpr std::string_view kPublishAgain = "Publish again with a POST.";
// Where the bus is and how it fails is for the operator's log, not for strangers.
constexpr std::string_view kNoBus = "the node cannot reach the other nodes of its cluster";
constexpr std::string_view kTryAgain = "Try again in a few seconds.";

// The first of a status is the one that is told.
constexpr auto kKinds = std::to_array<Kind>({
    {"not_found", 404, "session_not_found", kPublishAgain},
    {"canceled", 404, "session_not_found", kPublishAgain},  // it ended while it was asked
    {"unavailable", 503, "node_unreachable", kTryAgain},    // it is there, and did not answer
    {"failed_precondition", 412, "if_match_fails",
     "Send the ETag of the newest answer, or * to restart ICE."},
    {"invalid_argument", 400, "bad_fragment", "Send a fragment as RFC 8840 section 9 says."},
    {"malformed_request", 400, "bad_fragment", "Send a fragment as RFC 8840 section 9 says."},
    {"unprocessable_entity", 422, "patch_not_served",
     "Restart ICE with If-Match: *, or publish again."},
    {"resource_exhausted", 429, "too_many_patches", "Send candidates together."},
    {"unauthenticated", 401, "wrong_stream_key", "Send the stream key of the POST, or none."},
});

constexpr Kind kAway{"unavailable", 503, "node_unreachable", kTryAgain};
constexpr Kind kOther{"internal", 503, "node_failed", kTryAgain};

const Kind& KindOf(const rpc::RpcError& error) {
  if (error.bus_away) return kAway;
  const auto found = std::ranges::find(kKinds, error.code, &Kind::rpc);
  return found == kKinds.end() ? kOther : *found;
}

}  // namespace

WhipProblem ProblemOf(const rpc::RpcError& error) {
  const Kind& kind = KindOf(error);
  WhipProblem problem{.status = kind.status,
                      .code = std::string(kind.code),
                      .cause = error.bus_away ? std::string(kNoBus) : error.message,
                      .remedy = std::string(kind.remedy)};
  constexpr unsigned kTooMany = 429;
  constexpr unsigned kUnavailable = 503;
  if (kind.status == kTooMany || kind.status == kUnavailable) {
    problem.retry_after = std::chrono::seconds(1);
  }
  return problem;
}

rpc::RpcError RpcErrorOf(const WhipProblem& problem) {
  constexpr unsigned kTooLarge = 413;
  constexpr unsigned kBad = 400;
  const unsigned status = problem.status == kTooLarge ? kBad : problem.status;
  const auto found = std::ranges::find(kKinds, status, &Kind::status);
  const Kind& kind = found == kKinds.end() ? kOther : *found;
  return {.code = std::string(kind.rpc), .message = problem.cause};
}

}  // namespace ingress::input
