#include "timing/live_edge.h"

#include <algorithm>
#include <cmath>

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
constexpr double kSlackBySpike = 1.25;
constexpr SessionTime kLeastStep = 1ms;
// Of arrivals of the whole stream. Growth without a longer one is even; one of the encoder's pace
// takes longer than the lateness by this factor.
constexpr SessionTime kEvenGap = LiveEdge::kMaxLate;
constexpr double kEvenGrowth = 1.7;
constexpr SessionTime kHeardWithin = 1s;
constexpr double kSlopesApart = 0.03;
// What is left of lateness while a pace is followed is worked off by this share per second.
constexpr double kFollowRest = 1;
constexpr double kMaxEarlier = 0.5;     // more would leave out messages
constexpr double kLowestRises = 0.001;  // a clock may drift
constexpr SessionTime kLowestNotedEvery = 1s;
constexpr SessionTime kLowered = 10ms;

SessionTime Share(SessionTime time, double share) {
  return SessionTime(static_cast<SessionTime::rep>(static_cast<double>(time.count()) * share));
}

double Seconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

LiveEdge::Verdict LiveEdge::Place(TrackKind kind, SessionTime media, SessionTime arrival,
                                  SessionTime bunch) {
  Track& track = Of(kind);
  if (!started_) {
    started_ = true;
    offset_ = lowest_ = arrival - media;
    lowest_before_.fill(lowest_);
    last_arrival_ = without_gap_since_ = arrival;
  }
  const SessionTime behind = arrival - media;
  const SessionTime gap = arrival - last_arrival_;
  if (gap > kEvenGap) without_gap_since_ = arrival;
  const SessionTime passed = std::clamp(gap, SessionTime{0}, kMaxPassed);
  last_arrival_ = std::max(last_arrival_, arrival);
  NoteLowest(behind, arrival, passed);
  track.slope.Observe(behind, arrival);
  if (!track.started || behind - track.behind > kLeap) track.even_since = arrival;
  track.behind = behind;
  if (track.started) track.passed += media - track.media;
  FollowPace(arrival, passed);
  PullOrSlew(behind, arrival, passed);
  lateness_ = behind - offset_;
  SessionTime shift{};
  const SessionTime lateness = Lateness(track, media, arrival) - bunch;
  bool on_time = IsAllowed(behind) || lateness <= Limit(kind, arrival) ||
                 GrowsEvenly(track, lateness, arrival);
  if (on_time) {
    OnTime(track, behind, arrival);
  } else {
    shift = Late(kind, lateness, arrival);
    media += shift;
    on_time = IsAllowed(arrival - media) ||
              Lateness(track, media, arrival) - bunch <= Limit(kind, arrival);
  }
  Placed placed{.time = media + offset_, .media = media, .live = on_time};
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

bool LiveEdge::IsHeard(const Track& track, SessionTime now) const {
  return track.started && now - track.arrival < kHeardWithin;
}

/// The slope that all tracks agree on; empty when none has one, or one of them another.
std::optional<double> LiveEdge::Slope() const {
  std::optional<double> common;
  for (const Track& track : tracks_) {
    if (!IsHeard(track, last_arrival_) || !track.slope.known()) continue;
    const double slope = track.slope.slope();
    if (common && std::abs(slope - *common) > std::max(kSlopesApart, std::abs(*common) / 2)) {
      return std::nullopt;
    }
    if (!common || std::abs(slope) < std::abs(*common)) common = slope;
  }
  return common;
}

void LiveEdge::NoteLowest(SessionTime behind, SessionTime arrival, SessionTime passed) {
  lowest_ = std::min(behind, lowest_ + Share(passed, kLowestRises));
  if (arrival - lowest_noted_at_ < kLowestNotedEvery) return;
  lowest_noted_at_ = arrival;
  lowest_before_ = {lowest_before_[1], lowest_};
}

/// A stream that becomes earlier without having been late is one of a fast encoder.
std::optional<double> LiveEdge::pace() const {
  const auto slope = Slope();
  if (slope && *slope < 0 && lowest_ > lowest_before_[0] - kLowered) return std::nullopt;
  return slope ? std::optional(1 - *slope) : std::nullopt;
}

SessionTime LiveEdge::behind() const {
  SessionTime least = SessionTime::max();
  for (const Track& track : tracks_) {
    if (IsHeard(track, last_arrival_)) least = std::min(least, track.behind);
  }
  return least == SessionTime::max() ? SessionTime{0} : least - lowest_;
}

SessionTime LiveEdge::media_passed() const {
  return std::max(tracks_[0].passed, tracks_[1].passed);
}

/// Whether a message that is late is so because the encoder is slow, as far as can be seen yet.
bool LiveEdge::GrowsEvenly(const Track& track, SessionTime lateness, SessionTime arrival) const {
  return !track.late.open && lateness <= kMaxEvenlyLate &&
         arrival - std::max(without_gap_since_, track.even_since) >= Share(lateness, kEvenGrowth);
}

/// Moves the offset later, to where messages arrive, while the encoder's pace makes them later.
void LiveEdge::FollowPace(SessionTime arrival, SessionTime passed) {
  const auto slope = Slope();
  if (!slope || *slope <= 0 || *slope > 1 - kSlowestPace) return;
  SessionTime least = SessionTime::max();
  for (const Track& track : tracks_) {
    if (!IsHeard(track, arrival) || !track.slope.known()) continue;
    least = std::min(least, track.slope.Floor(arrival) - track.skew - offset_);
  }
  if (least <= SessionTime{0} || least == SessionTime::max()) return;
  const SessionTime by = std::min(least, Share(passed, *slope + kFollowRest * Seconds(least)));
  offset_ += by;
  for (Track& track : tracks_) track.floor.Shift(by);
}

void LiveEdge::PullOrSlew(SessionTime behind, SessionTime arrival, SessionTime passed) {
  const SessionTime early = offset_ - behind;
  if (early > (frozen_ ? SessionTime(kMaxEarly) : SessionTime{0})) {
    Pull(behind);
    return;
  }
  const auto floor = Floor(arrival);
  const SessionTime correction = std::min(floor.value_or(offset_), behind) - offset_;
  if (correction < SessionTime{0}) {
    // A pace that is a little too fast is followed; of a faster one, parts are left out.
    const double gained = std::max(0.0, -Slope().value_or(0));
    const bool followed = FollowsFastPace();
    const double rest = followed ? kFollowRest * Seconds(-correction) : 0;
    const double most =
        std::min((followed ? gained : 0) + std::max(rest, kMaxSlewEarlier), kMaxEarlier);
    offset_ += std::max(correction, -Share(passed, most));
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
  if (behind - offset_ - track.skew > kMaxLate) slack_until_ = arrival + kSlackFor;
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
  if (BeginsLate(track, other, lateness, arrival)) {
    track.skew = lateness;
    return SessionTime{0};
  }
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

/// The first message of a track, while the other one is on time: the skew is the encoder's. Should
/// this be a backlog, the floor of what follows will show it.
bool LiveEdge::BeginsLate(const Track& track, const Track& other, SessionTime lateness,
                          SessionTime arrival) {
  return !track.started && other.started && arrival - other.last_on_time < kTrackIsAlive &&
         lateness <= kMaxSkew;
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
  track.slope.Clear();
  track.skew = {};
  return skew;
}

void LiveEdge::PassBy(TrackKind kind, SessionTime time) {
  Track& track = Of(kind);
  track.live = true;
  track.time = track.given_out = time;
  track.media = Due(time);
}

void LiveEdge::Release(TrackKind kind) {
  const SessionTime given_out = Of(kind).given_out;
  Of(kind) = Track();
  Of(kind).given_out = given_out;
  Track& other = OtherThan(kind);
  if (!other.started) return;
  offset_ = std::max(offset_, other.arrival - other.media);
  other.skew = {};
  Forget();
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
  if (episode.first > kMaxSlack || episode.from - last_spike_ < kSameSpike) return;
  if (episode.from - last_spike_ < kSpikesWithin) {
    slack_ =
        std::clamp<SessionTime>(Share(episode.first, kSlackBySpike), Slack(arrival), kMaxSlack);
    slack_until_ = arrival + kSlackFor;
  }
  last_spike_ = episode.from;
}

/// How late a message may be now.
SessionTime LiveEdge::Slack(SessionTime arrival) const {
  return arrival < slack_until_ ? slack_ : SessionTime(kMaxLate);
}

SessionTime LiveEdge::Limit(TrackKind kind, SessionTime arrival) const {
  const Episode& late = Of(kind).late;
  if (!late.open || late.first <= kMaxSlack) return Slack(arrival);
  return kind == TrackKind::kAudio ? kMaxAudioLateAfterStall : kMaxLateAfterStall;
}

bool LiveEdge::FollowsFastPace() const {
  const double slope = Slope().value_or(0);
  return slope < 0 && slope >= 1 - kFastestPace;
}

/// Times of a track never run backwards. Moves `time` where mere jitter would do that.
bool LiveEdge::MayGoOut(const Track& track, SessionTime media, SessionTime& time) const {
  if (track.started) {
    // An offset that is being pulled takes the place of content: that is skipped, not squeezed but
    // for a pace that is followed.
    const SessionTime step = media - track.media;
    const SessionTime least = FollowsFastPace() ? step / 6 : step / 2;
    if (step > SessionTime{0} && time - track.time < least) return false;
  }
  // Also a track that begins may have given out times: by arrival, before its numbers made sense.
  if (time > track.given_out) return true;
  if (!track.live || track.given_out - time > kMaxBackwardJitter) return false;
  time = track.given_out + kLeastStep;
  return true;
}

}  // namespace ingress
