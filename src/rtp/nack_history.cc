#include "rtp/nack_history.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/big_endian.h"

namespace ingress::rtp {
namespace {

constexpr std::size_t kFciEntrySize = 4;  // 16-bit PID, 16-bit BLP
constexpr int kBlpBits = 16;
constexpr std::size_t kInitialSlots = 64;
// Half the sequence number space: beyond it older and newer cannot be told apart.
constexpr std::size_t kMaxSlots = 1 << 15;

/// How far `sequence` lies behind `start`, counting forward through the wrap.
std::uint16_t Distance(SequenceNumber start, SequenceNumber sequence) {
  return static_cast<std::uint16_t>(sequence - start);
}

}  // namespace

Result<std::vector<SequenceNumber>> ParseGenericNack(ByteView fci) {
  if (fci.empty() || fci.size() % kFciEntrySize != 0) {
    return Fail(ErrorCode::kMalformed, "generic NACK: FCI size " + std::to_string(fci.size()));
  }
  std::vector<SequenceNumber> lost;
  for (; !fci.empty(); fci = fci.subspan(kFciEntrySize)) {
    const SequenceNumber pid = LoadBigEndian<std::uint16_t>(fci);
    const auto blp = LoadBigEndian<std::uint16_t>(fci.subspan(2));
    lost.push_back(pid);
    for (int bit = 0; bit < kBlpBits; ++bit) {
      // Bit 0 stands for PID + 1, and the sum may wrap past 65535.
      if (blp >> bit & 1) lost.push_back(static_cast<SequenceNumber>(pid + bit + 1));
    }
  }
  return lost;
}

NackHistory::NackHistory(Options options) : options_(options) {
  options_.max_packets = std::clamp<std::size_t>(options_.max_packets, 1, kMaxSlots);
  slots_.resize(std::min(options_.max_packets, kInitialSlots));
}

void NackHistory::Store(PacketPtr packet, TimePoint now) {
  Expire(now);
  const std::size_t size = packet->bytes().size();
  while (count_ > 0 && (count_ == options_.max_packets || bytes_ + size > options_.max_bytes)) {
    DropOldest();
  }
  if (count_ == slots_.size()) Grow();
  bytes_ += size;
  SlotAt(count_++) = Slot{.packet = std::move(packet), .sent_at = now, .resent_at = {}};
}

void NackHistory::Expire(TimePoint now) {
  while (count_ > 0 && now - SlotAt(0).sent_at > options_.max_age) DropOldest();
}

const RtpPacket* NackHistory::TakeForResend(SequenceNumber sequence, TimePoint now,
                                            std::chrono::nanoseconds spacing) {
  Slot* slot = Find(sequence);
  if (slot == nullptr || now - slot->sent_at > options_.max_age) return nullptr;
  if (slot->resent_at && now - *slot->resent_at < spacing) return nullptr;
  slot->resent_at = now;
  return slot->packet.get();
}

/// Sequence numbers rise from slot to slot, with gaps where the pacer had to drop, so the distance
/// from the oldest is a sorted key.
NackHistory::Slot* NackHistory::Find(SequenceNumber sequence) {
  if (count_ == 0) return nullptr;
  const SequenceNumber oldest = SlotAt(0).packet->header().sequence;
  const std::uint16_t wanted = Distance(oldest, sequence);
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (Distance(oldest, SlotAt(middle).packet->header().sequence) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const bool found = low < count_ && SlotAt(low).packet->header().sequence == sequence;
  return found ? &SlotAt(low) : nullptr;
}

void NackHistory::DropOldest() {
  Slot& oldest = SlotAt(0);
  bytes_ -= oldest.packet->bytes().size();
  oldest.packet.reset();
  first_ = (first_ + 1) % slots_.size();
  --count_;
}

void NackHistory::Grow() {
  std::vector<Slot> larger(std::min(slots_.size() * 2, options_.max_packets));
  for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move(SlotAt(i));
  slots_ = std::move(larger);
  first_ = 0;
}

}  // namespace ingress::rtp
