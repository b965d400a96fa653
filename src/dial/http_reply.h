#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace ingress::dial {

/// What a plain GET of a server returned.
struct HttpReply {
  unsigned status = 0;
  std::string body;              // at most 64 KiB
  std::optional<WallTime> date;  // the server's clock, to the second
};

}  // namespace ingress::dial
