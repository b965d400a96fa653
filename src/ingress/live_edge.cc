#include "ingress/live_edge.h"

#include <algorithm>

namespace ingress {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kMaxPassed = 100ms;   // a stall earns no slew
constexpr SessionTime kLeap = 200ms;        // so much later than the last message: a new delay
constexpr SessionTime kMaxDropped = 500ms;  // of a gap between two messages
constexpr SessionTime kTrackIsAlive = 1s;   // a track heard so lately may yet be heard on time
constexpr double kStandstill = 0.1;         // less delay worked off by time is none
constexpr SessionTime kSameSpike = 500ms;   // both tracks show the same one
constexpr SessionTime kSpikesWithin = 15s;
constexpr double kRoomBySpike = 1.25;
constexpr SessionTime kLeastStep = 1ms;

SessionTime Share(SessionTime time, double share) {
  return SessionTime(static_cast<SessionTime::rep>(static_cast<double>(time.count()) * share));
}

double Seconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

LiveEdge::Verdict LiveEdge::Place(TrackKind kind, SessionTime media, SessionTime arrival) {
  Track& track = Of(kind);
  if (!started_) {
    started_ = true;
    offset_ = arrival - media;
    last_arrival_ = arrival;
  }
  const SessionTime behind = arrival - media;
  PullOrSlew(behind, arrival);
  lateness_ = behind - offset_;
  SessionTime shift{};
  bool on_time = Lateness(track, media, arrival) <= Limit(kind, arrival);
  if (on_time) {
    OnTime(track, behind, arrival);
  } else {
    shift = Late(kind, Lateness(track, media, arrival), arrival);
    media += shift;
    on_time = Lateness(track, media, arrival) <= Limit(kind, arrival);
  }
  Placed placed{.time = media + offset_, .live = on_time};
  if (!on_time) {
    ++counters_.late;
  } else if (!MayGoOut(track, media, placed.time)) {
    ++counters_.overtaken;
    placed.live = false;
  }
  track.started = true;
  track.live = placed.live;
  track.arrival = arrival;
  track.media = media;
  track.time = media + offset_;
  if (placed.live) track.given_out = placed.time;
  return {.placed = placed, .shift = shift};
}

void LiveEdge::PullOrSlew(SessionTime behind, SessionTime arrival) {
  const SessionTime passed = std::clamp(arrival - last_arrival_, SessionTime{0}, kMaxPassed);
  last_arrival_ = std::max(last_arrival_, arrival);
  const SessionTime early = offset_ - behind;
  if (early > (frozen_ ? SessionTime(kMaxEarly) : SessionTime{0})) {
    Pull(behind);
    return;
  }
  const auto floor = Floor(arrival);
  const SessionTime correction = std::min(floor.value_or(offset_), behind) - offset_;
  if (correction < SessionTime{0}) {
    offset_ += std::max(correction, -Share(passed, kMaxSlewEarlier));
  } else if (std::ranges::any_of(tracks_, [](const Track& t) { return t.floor.whole(); })) {
    offset_ += std::min(correction, Share(passed, kMaxSlewLater));
  }
}

/// What the offset should be: arrivals of the last seconds, each track's own lag taken off.
std::optional<SessionTime> LiveEdge::Floor(SessionTime arrival) {
  std::optional<SessionTime> floor;
  for (Track& track : tracks_) {
    track.floor.Advance(arrival);
    if (const auto least = track.floor.least()) {
      floor = std::min(floor.value_or(SessionTime::max()), *least - track.skew);
    }
  }
  return floor;
}

void LiveEdge::OnTime(Track& track, SessionTime behind, SessionTime arrival) {
  if (track.late.open) EndEpisode(track, arrival);
  if (behind - offset_ - track.skew > kMaxLate) room_until_ = arrival + kRoomFor;
  track.last_on_time = arrival;
  track.floor.Observe(behind, arrival);
  const auto audio = Of(TrackKind::kAudio).floor.least();
  const auto video = Of(TrackKind::kVideo).floor.least();
  if (!audio || !video) return;  // what one track does alone says nothing about its lag
  for (Track& each : tracks_) {
    each.skew = std::min<SessionTime>(*each.floor.least() - std::min(*audio, *video), kMaxSkew);
  }
}

/// Takes one more message beyond the limit. Returns what must be added to the track's media time.
SessionTime LiveEdge::Late(TrackKind kind, SessionTime lateness, SessionTime arrival) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  Episode& late = track.late;
  if (late.open) late.dropping += std::clamp(arrival - track.arrival, SessionTime{0}, kMaxDropped);
  if (!late.open || lateness > late.latest + kLeap) {
    late = {.open = true,
            .from = arrival,
            .first = lateness,
            .least = lateness,
            .latest = {},
            .dropping = late.dropping};
  }
  late.latest = lateness;
  late.least = std::min(late.least, lateness);

  const SessionTime lasted = arrival - late.from;
  const SessionTime caught_up = late.first - late.least;
  const bool stands = lasted >= kEvidence && caught_up < Share(lasted, kStandstill);
  // At this pace it would not be over within kMaxDroppingNearTheEnd.
  const SessionTime left = kMaxDroppingNearTheEnd - late.dropping;
  const bool slow = late.dropping >= kMaxDropping &&
                    Seconds(late.least) * Seconds(lasted) > Seconds(caught_up) * Seconds(left);
  if (!stands && !slow) return SessionTime{0};

  if (other.last_on_time > late.from) return LetBeLate(track);
  const bool other_may_be_on_time =
      other.started && other.arrival < late.from && late.from - other.arrival < kTrackIsAlive;
  if (other_may_be_on_time && late.dropping < kMaxDropping) return SessionTime{0};
  Rebase(other.late.open ? std::min(late.least, other.late.least) : late.least);
  return SessionTime{0};
}

/// One track alone is late, and stays so.
SessionTime LiveEdge::LetBeLate(Track& track) {
  const SessionTime skew = track.skew + track.late.least;
  track.late = {};
  track.floor.Clear();
  if (skew <= kMaxSkew) {
    track.skew = skew;
    return SessionTime{0};
  }
  ++counters_.shifts;
  track.skew = {};
  return skew;
}

void LiveEdge::Rebase(SessionTime by) {
  ++counters_.rebases;
  offset_ += by;
  Forget();
}

void LiveEdge::Pull(SessionTime offset) {
  if (offset_ - offset > kMaxEarly) {
    ++counters_.pulls;
    Forget();
  }
  offset_ = offset;
}

/// Another offset: earlier arrivals are no measure any more.
void LiveEdge::Forget() {
  for (Track& track : tracks_) {
    track.floor.Clear();
    track.late = {};
  }
}

/// A spike that passed by itself, soon after another one: this line is like that.
void LiveEdge::EndEpisode(Track& track, SessionTime arrival) {
  const Episode episode = track.late;
  track.late = {};
  if (episode.first > kMaxRoom || episode.from - last_spike_ < kSameSpike) return;
  if (episode.from - last_spike_ < kSpikesWithin) {
    room_ = std::clamp<SessionTime>(Share(episode.first, kRoomBySpike), Room(arrival), kMaxRoom);
    room_until_ = arrival + kRoomFor;
  }
  last_spike_ = episode.from;
}

/// How late a message may be now.
SessionTime LiveEdge::Room(SessionTime arrival) const {
  return arrival < room_until_ ? room_ : SessionTime(kMaxLate);
}

SessionTime LiveEdge::Limit(TrackKind kind, SessionTime arrival) const {
  const Episode& late = Of(kind).late;
  if (!late.open || late.first <= kMaxRoom) return Room(arrival);
  return kind == TrackKind::kAudio ? kMaxSoundLateAfterStall : kMaxLateAfterStall;
}

/// Times of a track never run backwards. Moves `time` where mere jitter would do that.
bool LiveEdge::MayGoOut(const Track& track, SessionTime media, SessionTime& time) {
  if (!track.started) return true;
  // An offset that is being pulled takes the place of content: that is skipped, not squeezed.
  const SessionTime step = media - track.media;
  if (step > SessionTime{0} && time - track.time < step / 2) return false;
  if (time > track.given_out) return true;
  if (!track.live || track.given_out - time > kMaxBackwardJitter) return false;
  time = track.given_out + kLeastStep;
  return true;
}

}  // namespace ingress
