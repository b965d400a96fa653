#include "rtp/pacer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ingress::rtp {
namespace {

constexpr double kBitsPerByte = 8;
constexpr double kNanosPerSecond = 1e9;

double Nanos(TimePoint from, TimePoint to) {
  return static_cast<double>(std::chrono::nanoseconds(to - from).count());
}

}  // namespace

Pacer::Pacer(Options options) : options_(options) { SetBitrate(options.bitrate); }

void Pacer::SetBitrate(std::uint64_t bitrate) {
  options_.bitrate = std::max<std::uint64_t>(bitrate, 1);
}

bool Pacer::Enqueue(PacketPtr packet, PacketPriority priority, TimePoint now) {
  const std::size_t size = packet->bytes().size();
  if (queued_bytes_ + size > options_.max_queue) {
    ++dropped_packets_;
    return false;
  }
  queued_bytes_ += size;
  Entry entry{.packet = std::move(packet), .enqueued_at = now};
  if (priority == PacketPriority::kAudio) {
    audio_.push_back(std::move(entry));
    return true;
  }
  Drain(now);  // up to here at the rate of the queue as it was
  paced_bytes_ += size;
  (priority == PacketPriority::kRetransmission ? retransmissions_ : video_)
      .push_back(std::move(entry));
  return true;
}

std::optional<Pacer::Due> Pacer::Poll(TimePoint now) {
  if (!audio_.empty()) return Pop(audio_, PacketPriority::kAudio);
  if (retransmissions_.empty() && video_.empty()) return std::nullopt;

  Drain(now);
  const bool room = level_ < Burst();
  if (!room && now - OldestPaced() < options_.max_delay) return std::nullopt;
  Due due = retransmissions_.empty() ? Pop(video_, PacketPriority::kVideo)
                                     : Pop(retransmissions_, PacketPriority::kRetransmission);
  const std::size_t size = due.packet->bytes().size();
  paced_bytes_ -= size;
  level_ += static_cast<double>(size);
  return due;
}

std::optional<TimePoint> Pacer::NextDeadline() const {
  if (!audio_.empty()) return audio_.front().enqueued_at;
  if (retransmissions_.empty() && video_.empty()) return std::nullopt;

  const double excess = level_ - Burst();
  if (excess < 0) return drained_at_;
  // One byte more than the excess: the bucket has room only below its burst.
  const auto wait = std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::ceil((excess + 1) / BytesPerNanosecond())));
  const TimePoint due = drained_at_ + std::max<std::chrono::nanoseconds>(wait, options_.step);
  return std::min(due, OldestPaced() + options_.max_delay);
}

void Pacer::Clear() {
  audio_.clear();
  retransmissions_.clear();
  video_.clear();
  queued_bytes_ = 0;
  paced_bytes_ = 0;
}

/// The nominal rate, or what it takes to have sent everything when the oldest packet is due.
double Pacer::BytesPerNanosecond() const {
  const double nominal =
      static_cast<double>(options_.bitrate) * options_.rate_factor / kBitsPerByte / kNanosPerSecond;
  if (retransmissions_.empty() && video_.empty()) return nominal;
  const double left = level_ + static_cast<double>(paced_bytes_) - Burst();
  const double time = Nanos(drained_at_, OldestPaced() + options_.max_delay);
  return time <= 0 ? std::max(nominal, left) : std::max(nominal, left / time);
}

double Pacer::Burst() const {
  const double seconds = std::chrono::duration<double>(options_.burst_time).count();
  return std::max(static_cast<double>(options_.burst),
                  static_cast<double>(options_.bitrate) / kBitsPerByte * seconds);
}

TimePoint Pacer::OldestPaced() const {
  if (retransmissions_.empty()) return video_.front().enqueued_at;
  if (video_.empty()) return retransmissions_.front().enqueued_at;
  return std::min(retransmissions_.front().enqueued_at, video_.front().enqueued_at);
}

void Pacer::Drain(TimePoint now) {
  if (now <= drained_at_) return;
  level_ = std::max(0.0, level_ - BytesPerNanosecond() * Nanos(drained_at_, now));
  drained_at_ = now;
}

Pacer::Due Pacer::Pop(RingQueue<Entry>& queue, PacketPriority priority) {
  Due due{.packet = std::move(queue.front().packet), .priority = priority};
  queue.pop_front();
  queued_bytes_ -= due.packet->bytes().size();
  return due;
}

}  // namespace ingress::rtp
