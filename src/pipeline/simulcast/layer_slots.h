#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "domain/encoding.h"
#include "domain/layer_spec.h"

namespace ingress::pipeline {

/// Says which layer of a published track each of a sender's layers is, by the size of its pictures.
/// Neither the names nor the order of a sender's layers say anything. Sans-IO.
class LayerSlots {
 public:
  /// A LiveKit track has no more; of a sender with more the smallest is left out.
  static constexpr std::size_t kMax = 3;

  struct Size {
    std::size_t source = 0;  // the sender's layer
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint64_t area() const { return std::uint64_t{width} * height; }
  };

  /// The layers of a track for a sender of `expected` layers, of which those in `known` have come,
  /// at least one. Those that have not are taken for larger ones, each twice as wide as the one
  /// below it: senders leave out the large ones on a narrow path. `bitrate`: what suits the
  /// largest, in bits per second; the others get what suits their size beside it.
  std::vector<LayerSpec> Publish(std::vector<Size> known, std::size_t expected,
                                 std::uint32_t bitrate, double frame_rate);

  /// Lays the sender's layers that have come, at the sizes that they have now, on the published
  /// ones: in order, the largest of them where there are too many, each as near to its own size as
  /// that allows. True: another track would suit them better, because it would have more layers, or
  /// because sizes were guessed that are not theirs.
  bool Match(std::vector<Size> come);

  /// The published layer that a sender's layer is; empty: none.
  std::optional<std::size_t> SlotOf(std::size_t source) const;
  /// The reverse.
  std::optional<std::size_t> SourceOf(std::size_t slot) const;

 private:
  struct Slot {
    std::uint64_t area = 0;  // as published
    std::optional<std::size_t> source{};
    bool guessed = false;  // nothing of this size has come since it was published
  };

  bool Place(const std::vector<Size>& come, const std::vector<std::size_t>& places);

  std::vector<Slot> slots_;  // lowest first
};

}  // namespace ingress::pipeline
