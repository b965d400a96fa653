#pragma once

#include <source_location>

namespace ingress {

/// Writes what does not hold, and where, to standard error and aborts. For INGRESS_CHECK.
[[noreturn]] void FailCheck(const char* condition,
                            std::source_location where = std::source_location::current());

}  // namespace ingress

/// Ends the process when an invariant of ours does not hold, in release as in debug: going on would
/// read or write memory that is another's. For what only a fault of ours can break; what a peer can
/// break is an error that is returned.
#define INGRESS_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::ingress::FailCheck(#condition))
