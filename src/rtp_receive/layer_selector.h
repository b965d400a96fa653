#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "stream/unit.h"

namespace ingress::rtp_receive {

/// Chooses a layer of simulcast (RFC 8853): the one with the largest pictures that comes.
///
/// Sizes are those of the pictures, as neither names nor the order of layers say anything. Where
/// the session gets the chosen layer alone, it changes at key frames only; where it gets all of
/// them, the choice says which one is the time reference, and changes at any frame. Sans-IO.
class LayerSelector {
 public:
  /// A layer of which nothing has come for so long has paused: senders leave out the large ones
  /// when the path is narrow.
  static constexpr std::chrono::milliseconds kPaused{1'000};

  enum class Use : std::uint8_t { kAlone, kReference };

  LayerSelector(std::size_t layers, Use use) : layers_(layers), use_(use) {}

  /// Says whether a frame of `layer`, which has come at `now`, is of the chosen one.
  bool Passes(std::size_t layer, const stream::VideoUnit& frame, TimePoint now);

  /// A layer that has to send a key frame, because what was chosen has paused. None of it where
  /// all layers are used.
  std::optional<std::size_t> WantsKeyFrame(TimePoint now) const;
  std::optional<std::size_t> selected() const { return selected_; }

 private:
  struct Layer {
    std::uint64_t area = 0;  // pixels of its pictures; zero: not known
    std::optional<TimePoint> seen_at{};
  };

  bool Paused(std::size_t layer, TimePoint now) const;

  std::vector<Layer> layers_;
  Use use_;
  std::optional<std::size_t> selected_;
};

}  // namespace ingress::rtp_receive
