#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "stream/unit.h"

namespace ingress::rtp_receive {

/// Chooses the layer of simulcast (RFC 8853) that the session gets: the one with the largest
/// pictures that comes.
///
/// Sizes are those of the pictures, as neither names nor the order of layers say anything. It
/// changes at key frames only. Sans-IO.
class LayerSelector {
 public:
  /// A layer of which nothing has come for so long has paused: senders leave out the large ones
  /// when the path is narrow.
  static constexpr std::chrono::milliseconds kPaused{1'000};

  explicit LayerSelector(std::size_t layers) : layers_(layers) {}

  /// Whether a frame of `layer`, which has come at `now`, is to go on.
  bool Passes(std::size_t layer, const stream::VideoUnit& frame, TimePoint now);

  /// A layer that has to send a key frame, because what was chosen has paused.
  std::optional<std::size_t> WantsKeyFrame(TimePoint now) const;
  std::optional<std::size_t> selected() const { return selected_; }

 private:
  struct Layer {
    std::uint64_t area = 0;  // pixels of its pictures; zero: not known
    std::optional<TimePoint> seen_at{};
  };

  bool Paused(std::size_t layer, TimePoint now) const;

  std::vector<Layer> layers_;
  std::optional<std::size_t> selected_;
};

}  // namespace ingress::rtp_receive
