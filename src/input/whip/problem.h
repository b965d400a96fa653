#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "domain/failure.h"
#include "net/http_server.h"

namespace ingress::input {

/// Says why a request of a WHIP client is refused. The number is all that some clients show, the
/// words are for those that show more.
struct WhipProblem {
  unsigned status = 500;
  std::string code{};   // stable, snake_case; of the catalogue of failures where it is one of those
  std::string cause{};  // in words
  std::string remedy{};  // likewise
  std::optional<std::chrono::seconds> retry_after{};
};

/// Says what a refused publish is called over HTTP.
WhipProblem ProblemOf(const Failure& failure);

/// Problem details (RFC 9457) with the members `code`, `cause` and `remedy`.
net::HttpResponse ToResponse(const WhipProblem& problem);

}  // namespace ingress::input
