#pragma once

#include <string>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "ice_lite/registry.h"

namespace ingress::input {

/// A client of a session has come from an address that has no socket yet.
struct MuxPeer {
  ice_lite::Registry::SessionId session = 0;
  UniqueFd socket{};      // connected to it
  bool tcp = false;       // with the framing of RFC 4571
  Bytes received{};       // what was read of it, to be answered by whoever takes the socket
  std::string address{};  // for people
};

}  // namespace ingress::input
