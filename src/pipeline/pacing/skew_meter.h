#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/track_kind.h"

namespace ingress::pipeline {

/// Measures how far behind the other track's media a track's messages come.
///
/// A message is behind when the other track's media of a later time came before it. Both tracks
/// share one TCP connection, so their order tells what the encoder did, and nothing that the
/// network does to both changes it: jitter and stalls are no skew. Only repetition counts: of the
/// messages that are furthest behind in each half second, the one that is least behind. So a track
/// that is steadily late shows by how much, a track that comes in bunches shows how long they are,
/// and a single hiccup of an encoder shows nothing.
///
/// Sans-IO. Times are on the session's time line.
class SkewMeter {
 public:
  /// Bunches of up to this length are seen whole: each slot with messages holds a first one.
  static constexpr std::chrono::milliseconds kSlot{500};
  static constexpr std::size_t kSlots = 4;
  /// Observations must span this long to be steady.
  static constexpr std::chrono::milliseconds kSteadyFor{1000};

  struct Behind {
    SessionTime newest{};  // the other track's newest message
    SessionTime both{};    // its newest two: one stray time shows nothing here
  };

  /// A coded frame of media time `media` came, `lateness` later than without any delay. Returns how
  /// far behind the other track it is.
  Behind Observe(TrackKind kind, SessionTime media, SessionTime lateness, SessionTime now);

  /// How far behind the other track `kind` is again and again; zero when not, or not known.
  SessionTime Steady(TrackKind kind, SessionTime now) const;

  /// The furthest that a message of `kind` was behind during the last half second or second.
  SessionTime Newest(TrackKind kind, SessionTime now) const;

  /// By how much all messages came later of late than they should, but for what they are behind the
  /// other track; zero when nothing came.
  SessionTime Lateness(SessionTime now) const;

 private:
  struct Slot {
    std::int64_t number = -1;  // of the half second; -1: none
    SessionTime value{};
  };
  struct Track {
    std::optional<SessionTime> newest;  // media times of the last two messages
    std::optional<SessionTime> before;
    std::array<Slot, kSlots> behind;  // the furthest in each slot
  };

  static std::int64_t NumberAt(SessionTime now) { return now / kSlot; }
  static Slot& At(std::array<Slot, kSlots>& slots, std::int64_t number) {
    return slots[static_cast<std::size_t>(number) % kSlots];
  }
  const Track& Of(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }

  std::array<Track, 2> tracks_;
  std::array<Slot, kSlots> lateness_;  // the least in each slot
};

}  // namespace ingress::pipeline
