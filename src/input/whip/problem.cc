#include "input/whip/problem.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;

struct Status {
  FailureCode failure;
  unsigned status;
};

constexpr auto kStatus = std::to_array<Status>({
    {FailureCode::kMissingStreamKey, 401},
    {FailureCode::kUnknownStreamKey, 404},
    {FailureCode::kTooManyWrongKeys, 429},
    {FailureCode::kIngressDisabled, 403},
    {FailureCode::kWrongInputType, 400},
    {FailureCode::kInvalidOptions, 400},
    {FailureCode::kNoCapacity, 503},
    {FailureCode::kShuttingDown, 503},
    {FailureCode::kAlreadyPublishing, 409},
    {FailureCode::kControlPlaneUnreachable, 503},
    {FailureCode::kRedisUnreachable, 503},
    {FailureCode::kHandlerStartFailed, 500},
    {FailureCode::kHandlerCrashed, 500},
    {FailureCode::kHandlerHung, 500},
    {FailureCode::kHandlerOutOfMemory, 503},
    {FailureCode::kNodeRestarted, 503},
    {FailureCode::kNodeCannotEncode, 503},
    {FailureCode::kNoMedia, 400},
    {FailureCode::kNoCodecHeaders, 422},
    {FailureCode::kCorruptVideo, 422},
    {FailureCode::kUnsupportedCodec, 422},
    {FailureCode::kVideoTooLarge, 422},
    {FailureCode::kPublisherTimedOut, 400},
    {FailureCode::kProtocolError, 400},
    {FailureCode::kRoomUnreachable, 503},
    {FailureCode::kRoomRefusedToken, 500},
    {FailureCode::kRoomCertificateRefused, 500},
    {FailureCode::kRoomNotFound, 422},
    {FailureCode::kRoomRefusedParticipant, 422},
    {FailureCode::kRoomLacksCodec, 422},
    {FailureCode::kRoomClosed, 409},
    {FailureCode::kParticipantRemoved, 409},
    {FailureCode::kDuplicateIdentity, 409},
    {FailureCode::kRoomServerShutdown, 503},
    {FailureCode::kRoomConnectionLost, 503},
    {FailureCode::kRoomDisconnected, 503},
    {FailureCode::kIngressDeleted, 404},
    {FailureCode::kIngressUpdated, 409},
    {FailureCode::kTakenOver, 409},
    {FailureCode::kEndedByOperator, 409},
    {FailureCode::kInternal, 500},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kStatus.size(); ++i) {
    if (static_cast<std::size_t>(kStatus.at(i).failure) != i) return false;
  }
  return kStatus.size() == static_cast<std::size_t>(FailureCode::kInternal) + 1;
}
static_assert(InOrder(), "the table is indexed by code, and has every code");

/// Says when it helps to come back, where the failure passes by itself.
std::optional<std::chrono::seconds> RetryAfter(const Failure& failure, unsigned status) {
  constexpr unsigned kTooManyRequests = 429;
  constexpr unsigned kUnavailable = 503;
  if (status == kTooManyRequests) return 60s;
  if (failure.code() == FailureCode::kNoCapacity) return 10s;
  return status == kUnavailable ? std::optional(2s) : std::nullopt;
}

}  // namespace

WhipProblem ProblemOf(const Failure& failure) {
  const unsigned status = kStatus.at(static_cast<std::size_t>(failure.code())).status;
  return {.status = status,
          .code = std::string(failure.name()),
          .cause = failure.cause(),
          .remedy = failure.remedy(),
          .retry_after = RetryAfter(failure, status)};
}

net::HttpResponse ToResponse(const WhipProblem& problem) {
  constexpr unsigned kUnauthorized = 401;
  boost::json::object body;
  body["type"] = "about:blank";
  body["title"] = problem.cause;
  body["status"] = problem.status;
  body["detail"] = problem.cause + ". " + problem.remedy;
  body["code"] = problem.code;
  body["cause"] = problem.cause;
  body["remedy"] = problem.remedy;
  net::HttpResponse response{.status = problem.status,
                             .content_type = "application/problem+json",
                             .body = boost::json::serialize(body)};
  if (problem.status == kUnauthorized) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (problem.retry_after) {
    response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after->count()));
  }
  return response;
}

}  // namespace ingress::input
