#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace ingress {

/// What went wrong, coarse enough to choose a reply and a metric label from.
enum class ErrorCode {
  kMalformed,      // bytes or text that do not parse
  kUnsupported,    // well formed, but not something we handle
  kLimitExceeded,  // larger, longer or more than a named limit
  kUnauthorized,   // bad credentials, unknown key, refused
  kCertificate,    // one that is not believed, or the file of those that are cannot be used
  kNotFound,
  kConflict,     // the object is in another state than the call needs
  kUnavailable,  // the peer cannot be reached or cannot serve now; trying again may help
  kTimeout,
  kClosed,    // the peer or we ended the exchange
  kInternal,  // a library or the system failed in a way that is not the peer's doing
};

/// Stable lower-case name, for logs and metric labels.
std::string_view ToString(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string context;  // for humans; outermost step first, offending value last
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string context) {
  return std::unexpected(Error{code, std::move(context)});
}

/// The same failure, one step further out: `step` is put in front of the context.
inline std::unexpected<Error> Wrap(std::string_view step, Error error) {
  error.context = std::string(step) + ": " + error.context;
  return std::unexpected(std::move(error));
}

}  // namespace ingress
