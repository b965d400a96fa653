#pragma once

#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/route.h"

namespace ingress::pipeline {

/// Decides what is logged of the video's route: each lasting change, and a change of the reason
/// alone. A bridge lasts until the source's next key frame, and viewers who come and go cause many,
/// so bridges are logged for debugging only. Sans-IO.
class RouteLog {
 public:
  enum class Change : std::uint8_t {
    kNothing,
    kRoute,      // changed, to stay
    kReason,     // of the same route
    kMomentary,  // to or from a bridge
  };

  Change Note(Route route, std::string_view reason) {
    if (route == last_ && SameReason(reason)) return Change::kNothing;
    const bool from_bridge = last_ == Route::kBridge;
    const bool moved = route != last_;
    last_ = route;
    if (route == Route::kBridge) return moved ? Change::kMomentary : Change::kNothing;
    if (route != lasting_) {
      lasting_ = route;
      reason_ = reason;
      return Change::kRoute;
    }
    if (!SameReason(reason)) {
      reason_ = reason;
      return Change::kReason;
    }
    return from_bridge ? Change::kMomentary : Change::kNothing;
  }

 private:
  /// Figures that follow the source, as its bitrate, are no news.
  bool SameReason(std::string_view reason) const {
    const auto next = [](std::string_view text, std::size_t& at) {
      while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) ++at;
      return at < text.size() ? text[at++] : '\0';
    };
    std::size_t mine = 0;
    std::size_t other = 0;
    while (true) {
      const char a = next(reason_, mine);
      if (a != next(reason, other)) return false;
      if (a == '\0') return true;
    }
  }

  std::optional<Route> last_;
  std::optional<Route> lasting_;
  std::string reason_;
};

}  // namespace ingress::pipeline
