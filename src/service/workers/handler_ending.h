#pragma once

#include <cstdint>
#include <optional>

#include "domain/failure.h"

namespace ingress::service {

/// How a handler ended, and why unless it ended in order.
struct HandlerEnding {
  enum class Kind : std::uint8_t {
    kInOrder,  // it left the room and said so
    kFailed,   // it said why it cannot go on
    kDied,     // crashed, hung or was killed
  };

  Kind kind = Kind::kDied;
  std::optional<Failure> failure;
};

}  // namespace ingress::service
