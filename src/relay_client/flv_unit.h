#pragma once

#include <optional>

#include "flv/tag.h"
#include "stream/timestamp.h"
#include "stream/unit.h"

namespace ingress::relay_client {

/// FLV counts milliseconds in 32 bits (FLV 10.1, annex E.4.1); FFmpeg and OBS use 31 of them.
inline constexpr stream::TickClock kFlvClock{.rate = 1'000, .bits = 32, .short_bits = 31};

/// What a tag says, apart from its being FLV or Enhanced RTMP. Takes the body over without a copy.
/// Of a multitrack body, track 0 counts.
///
/// Empty for what holds nothing for a stream: tags without a body, commands, other tracks, packet
/// types and script data that we do not know, HDR metadata.
std::optional<stream::Unit> MakeUnit(flv::Tag tag);

}  // namespace ingress::relay_client
