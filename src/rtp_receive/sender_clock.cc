#include "rtp_receive/sender_clock.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ingress::rtp_receive {
namespace {

/// Since 1900, as ticks. 2^32 seconds are less than 2^52 ticks.
MediaTicks WallTicks(rtp::NtpTime ntp) {
  constexpr std::uint64_t kRate = kReceiveClock.rate;
  const std::uint64_t seconds = ntp.value >> 32;
  const std::uint64_t fraction = ntp.value & 0xffffffff;
  return MediaTicks(static_cast<std::int64_t>(seconds * kRate + (fraction * kRate >> 32)));
}

}  // namespace

SenderClock::Reading SenderClock::Read(std::uint32_t timestamp, TimePoint arrival) {
  Reading reading{.media = MediaTicks(unwrapper_.Unwrap(timestamp) * ticks_per_unit_)};
  if (started_) {
    const MediaTicks ahead = (reading.media - media_) - ToTicks(arrival - arrival_);
    reading.jumped = std::chrono::abs(ahead) > kJump;
    if (reading.jumped) {
      floors_.fill(std::nullopt);
      report_.reset();
      candidate_.reset();
      to_wall_.reset();
    }
  }
  started_ = true;
  timestamp_ = timestamp;
  media_ = reading.media;
  arrival_ = arrival;
  ObserveArrival(reading.media, arrival);
  if (const auto early = std::exchange(early_, std::nullopt)) OnReport(*early);
  return reading;
}

void SenderClock::OnReport(const rtp::SenderReport& report) {
  if (report.ntp.value == 0) return;  // a sender without a wall clock (RFC 3550 §6.4.1)
  if (!started_) {
    early_ = report;
    return;
  }
  const auto units = static_cast<std::int32_t>(report.rtp_timestamp - timestamp_);
  const Report taken{.ntp = report.ntp, .media = media_ + MediaTicks(units * ticks_per_unit_)};
  const bool fits = !report_ || Fits(*report_, taken) || (candidate_ && Fits(*candidate_, taken));
  if (!fits) {
    candidate_ = taken;
    return;
  }
  candidate_.reset();
  report_ = taken;
  to_wall_ = WallTicks(taken.ntp) - taken.media;
}

bool SenderClock::Fits(const Report& before, const Report& report) {
  const MediaTicks wall = WallTicks(report.ntp) - WallTicks(before.ntp);
  if (wall <= MediaTicks{0}) return false;
  const auto media = static_cast<double>((report.media - before.media).count());
  return std::abs(media / static_cast<double>(wall.count()) - 1) <= kMaxRateError;
}

void SenderClock::ObserveArrival(MediaTicks media, TimePoint arrival) {
  const std::int64_t span = arrival.time_since_epoch() / kFloorSpan;
  floor_span_ = std::max(floor_span_, span - static_cast<std::int64_t>(kFloors));
  while (floor_span_ < span) floors_[static_cast<std::size_t>(++floor_span_) % kFloors].reset();
  auto& floor = floors_[static_cast<std::size_t>(floor_span_) % kFloors];
  const MediaTicks behind = ToTicks(arrival.time_since_epoch()) - media;
  floor = floor ? std::min(*floor, behind) : behind;
}

std::optional<MediaTicks> SenderClock::to_arrival() const {
  std::optional<MediaTicks> least;
  for (const auto& floor : floors_) {
    if (floor) least = least ? std::min(*least, *floor) : *floor;
  }
  return least;
}

}  // namespace ingress::rtp_receive
