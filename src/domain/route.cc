#include "domain/route.h"

namespace ingress {

std::string_view ToString(Route route) {
  switch (route) {
    case Route::kIdle:
      return "idle";
    case Route::kPassThrough:
      return "pass-through";
    case Route::kBridge:
      return "bridge";
    case Route::kHybrid:
      return "hybrid";
    case Route::kLadder:
      return "ladder";
  }
  return "unknown";
}

std::string_view ToString(LayerRoute route) {
  switch (route) {
    case LayerRoute::kOff:
      return "off";
    case LayerRoute::kPassThrough:
      return "passthrough";
    case LayerRoute::kBridge:
      return "bridge";
    case LayerRoute::kEncode:
      return "encode";
  }
  return "unknown";
}

}  // namespace ingress
