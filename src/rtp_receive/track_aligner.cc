#include "rtp_receive/track_aligner.h"

#include <algorithm>

namespace ingress::rtp_receive {

stream::Timestamp TrackAligner::Place(TrackKind kind, Stream& stream, std::uint32_t timestamp,
                                      TimePoint arrival) {
  const SenderClock::Reading reading = stream.clock.Read(timestamp, arrival);
  const MediaTicks passed = reading.media - stream.media;
  stream.media = reading.media;
  if (!stream.offset || reading.jumped) {
    const bool follows = reference_ != nullptr && reference_ != &stream;
    const auto target = follows ? Target(stream) : std::nullopt;
    stream.offset = target.value_or(kBegin + ToTicks(arrival - begin_) - reading.media);
  } else if (reference_ != &stream) {
    Follow(stream, passed);
  }
  if (reference_ == nullptr || (kind == TrackKind::kAudio && reference_kind_ != kind)) {
    reference_ = &stream;
    reference_kind_ = kind;
  }
  const MediaTicks placed = reading.media + *stream.offset;
  return {.ticks = static_cast<std::uint64_t>(placed.count()), .clock = kReceiveClock};
}

/// Finds the offset with which `stream` fits the reference; empty: nothing is known of either.
std::optional<MediaTicks> TrackAligner::Target(const Stream& stream) const {
  const auto own = stream.clock.to_arrival();
  const auto reference = reference_->clock.to_arrival();
  std::optional<MediaTicks> by_arrival;
  if (own && reference && reference_->offset)
    by_arrival = *reference_->offset + (*own - *reference);
  if (!ByReports(stream)) return by_arrival;
  const MediaTicks by_reports =
      *reference_->offset + (*stream.clock.to_wall() - *reference_->clock.to_wall());
  const bool sane = !by_arrival || std::chrono::abs(by_reports - *by_arrival) <= kMaxSkew;
  return sane ? by_reports : by_arrival;
}

bool TrackAligner::ByReports(const Stream& stream) const {
  return reference_->offset && stream.clock.to_wall() && reference_->clock.to_wall();
}

/// Moves a stream towards where it belongs, by what may be moved in `passed`.
void TrackAligner::Follow(Stream& stream, MediaTicks passed) const {
  const auto target = Target(stream);
  if (!target || passed <= MediaTicks{0}) return;
  const MediaTicks off = *target - *stream.offset;
  const MediaTicks wavers = ByReports(stream) ? MediaTicks(kReportsWaver) : kArrivalsWaver;
  if (std::chrono::abs(off) <= wavers) return;
  const MediaTicks most = passed * MediaTicks(kSlewPerSecond).count() / kReceiveClock.rate;
  *stream.offset += std::clamp(off, -most, most);
}

}  // namespace ingress::rtp_receive
