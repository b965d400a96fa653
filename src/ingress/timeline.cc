#include "ingress/timeline.h"

#include <algorithm>

namespace ingress {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The signed way from one timestamp to the next. A fall of nearly 2^31 is the wrap of senders
/// that keep 31 bits.
std::int64_t Difference(std::uint32_t from, std::uint32_t to) {
  constexpr std::int64_t kHalf = std::int64_t{1} << 31;
  const std::int64_t difference = static_cast<std::int32_t>(to - from);
  return difference < -kHalf / 2 ? difference + kHalf : difference;
}

bool IsJump(std::int64_t difference) {
  return difference > Timeline::kMaxForwardJump.count() ||
         difference < -Timeline::kMaxBackwardJump.count();
}

}  // namespace

Placed Timeline::Map(Kind kind, std::uint32_t timestamp, SessionTime arrival) {
  Track& track = tracks_[static_cast<std::size_t>(kind)];
  const SessionTime media = Place(track, timestamp, arrival);
  Observe(media, arrival);
  track.last = media;
  return {.time = media + offset_, .live = true};
}

SessionTime Timeline::Place(Track& track, std::uint32_t timestamp, SessionTime arrival) {
  if (!started_) {
    started_ = true;
    offset_ = arrival;
    segment_ = {.number = 1, .base = SessionTime{0}, .raw_reference = timestamp};
  }
  if (!track.started || track.segment != segment_.number) {
    // A track that is new, or that may have jumped into the segment the other one opened.
    const std::int64_t into = Difference(segment_.raw_reference, timestamp);
    const bool stays = track.started && !IsJump(Difference(track.raw, timestamp));
    if (!stays && !IsJump(into)) {
      track.started = true;
      track.segment = segment_.number;
      track.raw = timestamp;
      track.unwrapped = segment_.unwrapped_reference + into;
      return segment_.base + milliseconds(track.unwrapped);
    }
    if (!track.started) {
      track.started = true;
      track.last = arrival - offset_;
      StartSegment(track, timestamp, track.last);
      return track.last;
    }
  }
  const std::int64_t step = Difference(track.raw, timestamp);
  if (IsJump(step)) {
    ++jumps_;
    StartSegment(track, timestamp, track.last + kStepAfterJump);
    return track.last + kStepAfterJump;
  }
  track.raw = timestamp;
  track.unwrapped += step;
  if (track.segment == segment_.number) {
    segment_.raw_reference = timestamp;
    segment_.unwrapped_reference = track.unwrapped;
    return segment_.base + milliseconds(track.unwrapped);
  }
  return track.last + milliseconds(step);  // still in the old segment, before its own jump
}

void Timeline::StartSegment(Track& track, std::uint32_t timestamp, SessionTime at) {
  segment_ = {.number = segment_.number + 1, .base = at, .raw_reference = timestamp};
  track.segment = segment_.number;
  track.raw = timestamp;
  track.unwrapped = 0;
  earliest_.fill(std::nullopt);  // arrivals of the old numbering say nothing about the new one
}

void Timeline::Observe(SessionTime media, SessionTime arrival) {
  const SessionTime behind = arrival - media;
  const std::int64_t window = arrival / kWindow;
  for (; window_ < window; ++window_) {
    earliest_[static_cast<std::size_t>(window_ + 1) % kWindows].reset();
    if (window - window_ > static_cast<std::int64_t>(kWindows)) {
      window_ = window - static_cast<std::int64_t>(kWindows);
    }
  }
  auto& slot = earliest_[static_cast<std::size_t>(window) % kWindows];
  slot = slot ? std::min(*slot, behind) : behind;

  SessionTime target = behind;
  bool whole = true;  // evidence for "later" must fill all windows, or it may be one long stall
  for (const auto& earliest : earliest_) {
    if (earliest) target = std::min(target, *earliest);
    whole = whole && earliest.has_value();
  }
  const SessionTime passed = std::max(arrival - last_arrival_, SessionTime{0});
  last_arrival_ = std::max(last_arrival_, arrival);
  const SessionTime correction = target - offset_;
  if (!frozen_) {
    if (correction < SessionTime{0}) offset_ = target;
  } else if (correction < SessionTime{0}) {
    const nanoseconds most{
        static_cast<std::int64_t>(kMaxSlewEarlier * static_cast<double>(passed.count()))};
    offset_ += std::max(correction, -most);
  } else if (whole) {
    const nanoseconds most{
        static_cast<std::int64_t>(kMaxSlewLater * static_cast<double>(passed.count()))};
    offset_ += std::min(correction, most);
  }
  lateness_ = behind - std::min(target, offset_);
}

}  // namespace ingress
