#include "input/guard/connection_table.h"

#include <utility>

namespace ingress::input {

ConnectionTable::ConnectionTable(Limits limits, OnStrike on_strike)
    : limits_(limits), on_strike_(std::move(on_strike)) {}

std::optional<ConnectionTable::Id> ConnectionTable::Add(const std::string& address, TimePoint now,
                                                        GiveUp give_up) {
  while (entries_.size() >= limits_.connections) {
    if (strangers_.empty()) {
      on_strike_(Limit::kConnections, address);
      return std::nullopt;
    }
    GiveUpOne(strangers_.begin()->id, Limit::kConnections, now);
  }
  const Id id = ++last_id_;
  Entry entry{.address = address,
              .came = now,
              .give_up = std::move(give_up),
              .seat = {.rank = ++last_rank_, .id = id}};
  Enter(entries_.emplace(id, std::move(entry)).first->second);
  LimitAddress(address, now);
  return id;
}

void ConnectionTable::Remove(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  NoLongerStranger(found->second);
  entries_.erase(found);
}

void ConnectionTable::SetAddress(Id id, std::string address, TimePoint now) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.stranger) return;
  Entry& entry = found->second;
  Leave(entry);
  entry.address = std::move(address);
  Enter(entry);
  LimitAddress(std::string(entry.address), now);
}

void ConnectionTable::OnProgress(Id id) { Move(id, ++last_rank_); }

void ConnectionTable::OnRefused(Id id) { Move(id, 0); }

void ConnectionTable::Move(Id id, std::uint64_t rank) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.stranger) return;
  Leave(found->second);
  found->second.seat.rank = rank;
  Enter(found->second);
}

void ConnectionTable::SetBuffered(Id id, std::size_t bytes, TimePoint now) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.stranger) return;
  Entry& entry = found->second;
  const std::size_t before = std::exchange(entry.buffered, bytes);
  if (before == bytes) return;
  buffered_bytes_ += bytes - before;
  sizes_.erase({-static_cast<std::int64_t>(before), entry.seat});
  if (bytes > 0) sizes_.insert({-static_cast<std::int64_t>(bytes), entry.seat});
  while (buffered_bytes_ > limits_.buffered_bytes) {
    GiveUpOne(sizes_.begin()->second.id, Limit::kBufferedBytes, now);
  }
}

void ConnectionTable::OnKeyAccepted(Id id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) NoLongerStranger(found->second);
}

void ConnectionTable::MakeRoom(std::size_t count, TimePoint now) {
  for (; count > 0 && !strangers_.empty(); --count) {
    GiveUpOne(strangers_.begin()->id, Limit::kDescriptors, now);
  }
}

std::string_view ConnectionTable::why_crowded(TimePoint now) const {
  const bool full = entries_.size() >= limits_.connections && strangers_.empty();
  if (full) return "all places for RTMP connections are taken (limits.connections)";
  return now < crowded_until_ ? crowd_ : std::string_view();
}

void ConnectionTable::NoteCrowd(std::string_view why, TimePoint now) {
  crowd_ = why;
  crowded_until_ = now + kCrowdedFor;
}

void ConnectionTable::LimitAddress(const std::string& address, TimePoint now) {
  while (true) {
    const auto found = strangers_of_.find(address);
    if (found == strangers_of_.end() || found->second.size() <= limits_.per_address) return;
    GiveUpOne(found->second.begin()->id, Limit::kAddressConnections, now);
  }
}

void ConnectionTable::GiveUpOne(Id id, Limit limit, TimePoint now) {
  const auto found = entries_.find(id);
  NoLongerStranger(found->second);
  const Entry entry = std::move(found->second);
  entries_.erase(found);
  // One address that crowds itself out is its own matter, and who fills the memory no encoder.
  const bool any_address = limit == Limit::kConnections || limit == Limit::kDescriptors;
  if (any_address && now - entry.came < kYoung) {
    NoteCrowd("RTMP connections come faster than encoders can publish", now);
  }
  on_strike_(limit, entry.address);
  entry.give_up();
}

void ConnectionTable::NoLongerStranger(Entry& entry) {
  if (!entry.stranger) return;
  Leave(entry);
  entry.stranger = false;
  entry.buffered = 0;
}

void ConnectionTable::Enter(const Entry& entry) {
  strangers_.insert(entry.seat);
  strangers_of_[entry.address].insert(entry.seat);
  if (entry.buffered == 0) return;
  sizes_.insert({-static_cast<std::int64_t>(entry.buffered), entry.seat});
  buffered_bytes_ += entry.buffered;
}

void ConnectionTable::Leave(const Entry& entry) {
  strangers_.erase(entry.seat);
  const auto of_address = strangers_of_.find(entry.address);
  of_address->second.erase(entry.seat);
  if (of_address->second.empty()) strangers_of_.erase(of_address);
  sizes_.erase({-static_cast<std::int64_t>(entry.buffered), entry.seat});
  buffered_bytes_ -= entry.buffered;
}

}  // namespace ingress::input
