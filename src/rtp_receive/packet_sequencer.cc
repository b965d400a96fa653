#include "rtp_receive/packet_sequencer.h"

#include <algorithm>
#include <utility>

namespace ingress::rtp_receive {

void PacketSequencer::OnPacket(const ReceivedPacket& packet, TimePoint arrival) {
  const auto place = tracker_.Next(packet.header.sequence);
  if (!place) {
    ++counters_.stray;
    return;
  }
  if (!started_ && options_.beginning.count() > 0) begins_at_ = arrival + options_.beginning;
  if (!started_ || place->restarted) Restart(place->sequence);
  report_.OnPacket(place->sequence, packet.header.timestamp, arrival);
  ++counters_.packets;
  counters_.bytes += packet.payload.size();
  Place(place->sequence, packet, arrival);
}

bool PacketSequencer::OnRetransmission(const ReceivedPacket& packet, TimePoint arrival) {
  // The nearest to what has come; a retransmission is of the last seconds.
  const auto step = static_cast<std::int16_t>(static_cast<rtp::SequenceNumber>(
      packet.header.sequence - static_cast<rtp::SequenceNumber>(highest_)));
  const std::int64_t sequence = highest_ + step;
  if (!started_) return false;
  if (!missing_.Contains(sequence)) {
    missing_.OnArrived(sequence, arrival);
    return false;
  }
  counters_.bytes += packet.payload.size();
  Place(sequence, packet, arrival);
  return true;
}

/// The first packet, or the first after the sender began anew.
void PacketSequencer::Restart(std::int64_t sequence) {
  if (started_) {
    ++counters_.restarts;
    after_gap_ = true;
    begins_at_.reset();
    report_.OnRestart();
    missing_.Clear();
    // The waiting packets were sent before, and nothing will complete them.
    waiting_.clear();
    waiting_bytes_ = 0;
  }
  started_ = true;
  next_ = sequence;
  highest_ = sequence - 1;
}

void PacketSequencer::Place(std::int64_t sequence, const ReceivedPacket& packet,
                            TimePoint arrival) {
  const bool repaired = missing_.OnArrived(sequence, arrival);
  if (begins_at_) next_ = std::min(next_, sequence);
  if (sequence < next_ || waiting_.contains(sequence)) {
    ++counters_.useless;
    return;
  }
  counters_.repaired += repaired ? 1 : 0;
  if (sequence > highest_) OnNewest(sequence, arrival);
  if (sequence == next_ && !begins_at_) {
    ++next_;
    Deliver({.timestamp = packet.header.timestamp,
             .marker = packet.header.marker,
             .payload = packet.payload,
             .arrival = arrival});
    DeliverWaiting();
    return;
  }
  waiting_bytes_ += packet.payload.size();
  waiting_.emplace(sequence, Waiting{.timestamp = packet.header.timestamp,
                                     .marker = packet.header.marker,
                                     .payload = Bytes(packet.payload.begin(), packet.payload.end()),
                                     .arrival = arrival});
  while (waiting_.size() > kMaxWaiting || waiting_bytes_ > kMaxWaitingBytes) {
    begins_at_ ? Begin() : GiveUpGap();
  }
}

/// Enough have gathered: the first of them is the first.
void PacketSequencer::Begin() {
  begins_at_.reset();
  DeliverWaiting();
}

/// A packet is ahead of all others: what it has overtaken is missing.
void PacketSequencer::OnNewest(std::int64_t sequence, TimePoint arrival) {
  const std::int64_t first = highest_ + 1;
  const bool repair = sequence == first || (IsWorthRepair(sequence - first, arrival) &&
                                            missing_.Add(first, sequence - 1, arrival));
  highest_ = sequence;
  highest_at_ = arrival;
  missing_.OnNewest(sequence);
  if (repair) return;
  missing_.Clear();
  Begin();
  while (!waiting_.empty()) GiveUpGap();
  counters_.lost += static_cast<std::uint64_t>(sequence - next_);
  after_gap_ = true;
  next_ = sequence;
}

bool PacketSequencer::IsWorthRepair(std::int64_t packets, TimePoint arrival) const {
  const bool outage = arrival - highest_at_ > kOutage;
  return packets <= (outage ? std::min(kMaxOfOutage, options_.max_gap) : options_.max_gap);
}

void PacketSequencer::Deliver(const OrderedPacket& packet) {
  OrderedPacket ordered = packet;
  ordered.after_gap = std::exchange(after_gap_, false);
  sink_->OnOrdered(ordered);
}

void PacketSequencer::DeliverWaiting() {
  while (!waiting_.empty() && waiting_.begin()->first == next_) {
    const Waiting packet = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    waiting_bytes_ -= packet.payload.size();
    ++next_;
    Deliver({.timestamp = packet.timestamp,
             .marker = packet.marker,
             .payload = packet.payload,
             .arrival = packet.arrival});
  }
}

/// Goes on behind the gap before the first packet that waits.
void PacketSequencer::GiveUpGap() {
  const std::int64_t first = waiting_.begin()->first;
  counters_.lost += static_cast<std::uint64_t>(first - next_);
  after_gap_ = true;
  next_ = first;
  missing_.GiveUpBefore(first);
  DeliverWaiting();
}

void PacketSequencer::Poll(TimePoint now) {
  if (begins_at_ && now >= *begins_at_) Begin();
  while (!waiting_.empty() && !begins_at_ && now >= GapExpires()) GiveUpGap();
}

TimePoint PacketSequencer::GapExpires() const {
  const auto since = missing_.Since(next_);
  return (since ? *since : waiting_.begin()->second.arrival) + hold();
}

Clock::duration PacketSequencer::hold() const {
  const Clock::duration needed =
      options_.requests ? missing_.repair_time().hold() : Clock::duration(kReordering);
  return std::min<Clock::duration>(needed, options_.max_hold);
}

TimePoint PacketSequencer::deadline() const {
  if (waiting_.empty()) return TimePoint::max();
  return std::min(missing_.deadline(), begins_at_ ? *begins_at_ : GapExpires());
}

}  // namespace ingress::rtp_receive
