#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "config/rtc.h"

namespace ingress::input {

/// The values of the Link headers that tell a client of STUN and TURN servers (RFC 9725 §4.6), one
/// server each, in the order in which those that take few of them should see them: STUN, then TURN,
/// then TURN over TLS. `now`: from when on a credential of a client's own is valid.
std::vector<std::string> IceServerLinks(const config::Rtc& rtc, WallClock::time_point now);

}  // namespace ingress::input
