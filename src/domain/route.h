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

/// "idle", "pass-through", …: the words of logs, metric labels and pages.
std::string_view ToString(Route route);

/// The same for one layer of it.
enum class LayerRoute : std::uint8_t {
  kOff,
  kPassThrough,
  kBridge,
  kEncode,
};

/// "off", "passthrough", …: the words of pages.
std::string_view ToString(LayerRoute route);

}  // namespace ingress
