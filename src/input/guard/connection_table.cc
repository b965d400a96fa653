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
    GiveUpOne(*strangers_.begin(), Limit::kConnections, now);
  }
  const Id id = ++last_id_;
  strangers_.insert(id);
  strangers_of_[address].insert(id);
  entries_.emplace(id, Entry{.address = address, .came = now, .give_up = std::move(give_up)});
  LimitAddress(address, now);
  return id;
}

void ConnectionTable::Remove(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  NoLongerStranger(id, found->second);
  entries_.erase(found);
}

void ConnectionTable::SetAddress(Id id, std::string address, TimePoint now) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.stranger) return;
  const std::size_t buffered = found->second.buffered;
  NoLongerStranger(id, found->second);
  Entry& entry = found->second;
  entry.stranger = true;
  entry.address = std::move(address);
  entry.buffered = buffered;
  buffered_bytes_ += buffered;
  if (buffered > 0) sizes_.insert({-static_cast<std::int64_t>(buffered), id});
  strangers_.insert(id);
  strangers_of_[entry.address].insert(id);
  LimitAddress(std::string(entry.address), now);
}

void ConnectionTable::SetBuffered(Id id, std::size_t bytes, TimePoint now) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.stranger) return;
  const std::size_t before = std::exchange(found->second.buffered, bytes);
  if (before == bytes) return;
  buffered_bytes_ += bytes - before;
  sizes_.erase({-static_cast<std::int64_t>(before), id});
  if (bytes > 0) sizes_.insert({-static_cast<std::int64_t>(bytes), id});
  while (buffered_bytes_ > limits_.buffered_bytes) {
    GiveUpOne(sizes_.begin()->second, Limit::kBufferedBytes, now);
  }
}

void ConnectionTable::OnKeyAccepted(Id id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) NoLongerStranger(id, found->second);
}

void ConnectionTable::MakeRoom(std::size_t count, TimePoint now) {
  for (; count > 0 && !strangers_.empty(); --count) {
    GiveUpOne(*strangers_.begin(), Limit::kDescriptors, now);
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
    GiveUpOne(*found->second.begin(), Limit::kAddressConnections, now);
  }
}

void ConnectionTable::GiveUpOne(Id id, Limit limit, TimePoint now) {
  const auto found = entries_.find(id);
  NoLongerStranger(id, found->second);
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

void ConnectionTable::NoLongerStranger(Id id, Entry& entry) {
  if (!std::exchange(entry.stranger, false)) return;
  sizes_.erase({-static_cast<std::int64_t>(entry.buffered), id});
  buffered_bytes_ -= std::exchange(entry.buffered, 0);
  strangers_.erase(id);
  const auto of_address = strangers_of_.find(entry.address);
  of_address->second.erase(id);
  if (of_address->second.empty()) strangers_of_.erase(of_address);
}

}  // namespace ingress::input
