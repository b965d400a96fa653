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

}  // namespace ingress
