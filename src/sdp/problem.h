#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/printable.h"
#include "base/result.h"

namespace ingress::sdp {

inline std::unexpected<Error> Malformed(std::string_view what, std::string_view value) {
  constexpr std::size_t kShown = 64;  // characters of a bad value
  return Fail(ErrorCode::kMalformed, std::string(what) + " '" + Printable(value, kShown) + "'");
}

inline std::unexpected<Error> TooMany(std::string_view what, std::size_t limit) {
  return Fail(ErrorCode::kLimitExceeded,
              "more than " + std::to_string(limit) + " " + std::string(what));
}

}  // namespace ingress::sdp
