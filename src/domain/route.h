#pragma once

#include <cstdint>
#include <string_view>

namespace ingress {

/// How a video track gets from the source to its layers at the moment.
enum class Route : std::uint8_t {
  kIdle,         // nobody watches: nothing is decoded or sent
  kPassThrough,  // the source's own pictures
  kBridge,       // the source's, but an encoder carries the top layer to its next key frame
  kHybrid,       // the top layer is the source's, lower ones are encoded
  kLadder,       // every layer is encoded
};

/// The words used in reports, logs and metric labels.
std::string_view ToString(Route route);

/// What the operator allows (`transcoding:`).
enum class Transcoding : std::uint8_t { kAuto, kAlways, kNever };

}  // namespace ingress
