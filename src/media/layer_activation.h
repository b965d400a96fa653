#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::media {

/// Says which pictures a layer encodes, and which encoded frames belong to its present stream.
///
/// A layer that is switched off and on again begins a new stream with a key frame, while pictures
/// of the old one may still wait for the encoder. Each stream has a generation number that travels
/// with its pictures, so that no frame of an older one, and no old key frame, passes as the new
/// stream.
///
/// Three threads take part, each with calls of its own; nothing waits.
class LayerActivation {
 public:
  // Owner's thread. A layer begins active.

  /// Switches the layer on, from the picture presented at `from` on. No effect on an active one.
  void Activate(SessionTime from = SessionTime::min()) {
    if (active()) return;
    if (from != SessionTime::min()) from_ = from;
    ++generation_;
  }
  void Deactivate() {
    if (active()) ++generation_;
  }
  bool active() const { return IsActive(generation_); }

  // Decoder's thread.

  /// The generation that encodes the picture presented at `pts`; none: the layer does not.
  std::optional<std::uint64_t> GenerationAt(SessionTime pts) const {
    const std::uint64_t generation = generation_;
    // The time is read after the number: a new number never meets the time of the one before.
    if (!IsActive(generation) || pts < from_.load()) return std::nullopt;
    return generation;
  }

  /// Whether a picture is the first of its generation, which has to become a key frame. True once;
  /// call it for pictures that reach the encoder.
  bool IsFirst(std::uint64_t generation) {
    if (begun_ == generation) return false;
    begun_ = generation;
    return true;
  }

  // The thread on which the encoder's frames come out.

  /// Whether a frame of a picture of `generation` goes out: it is of the present stream, and that
  /// stream's key frame or behind it.
  bool Takes(std::uint64_t generation, bool key_frame) {
    if (generation != generation_) return false;
    if (taken_ == generation) return true;
    if (!key_frame) return false;
    taken_ = generation;
    return true;
  }

 private:
  static bool IsActive(std::uint64_t generation) { return generation % 2 == 1; }

  std::atomic<std::uint64_t> generation_ = 1;  // odd: active
  std::atomic<SessionTime> from_ = SessionTime::min();
  std::uint64_t begun_ = 0;  // decoder's thread
  std::uint64_t taken_ = 0;  // encoder's thread
};

}  // namespace ingress::media
