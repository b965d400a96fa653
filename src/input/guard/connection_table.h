#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "input/guard/limit.h"

namespace ingress::input {

/// Decides which RTMP connections may stay. A stranger, whose stream key is not known to be right,
/// has no claim to its place: where one is needed, the stranger goes that has not got on for
/// longest, because an encoder takes less than a second from connection to publish. Sans-IO.
class ConnectionTable {
 public:
  struct Limits {
    std::size_t connections = 4096;
    std::size_t per_address = 256;                       // strangers, by net::AddressGroup
    std::size_t buffered_bytes = std::size_t{32} << 20;  // of all strangers together
  };

  using Id = std::uint64_t;

  /// Ends that connection now. Its entry is gone already; it may add none.
  using GiveUp = std::function<void()>;

  /// Told of each connection that is given up.
  using OnStrike = std::function<void(Limit limit, const std::string& address)>;

  /// Who is given up younger than this may have been an encoder about to publish.
  static constexpr std::chrono::seconds kYoung{3};
  static constexpr std::chrono::seconds kCrowdedFor{10};

  ConnectionTable(Limits limits, OnStrike on_strike);

  void SetLimits(Limits limits) { limits_ = limits; }

  /// A connection that came now; others may be given up for it. Empty: there is no place, because
  /// all are taken by encoders that publish.
  std::optional<Id> Add(const std::string& address, TimePoint now, GiveUp give_up);

  /// Without effect once it was given up.
  void Remove(Id id);

  /// The connection speaks for another address, as a proxy in front has told.
  void SetAddress(Id id, std::string address, TimePoint now);

  /// The stranger has got on, as an encoder does a few times: it counts as one that came now.
  void OnProgress(Id id);

  /// The stranger was refused, and is there only until it has heard that: its place is the first to
  /// be had.
  void OnRefused(Id id);

  /// What the connection of a stranger keeps in memory.
  void SetBuffered(Id id, std::size_t bytes, TimePoint now);

  /// The stream key is right: it stays.
  void OnKeyAccepted(Id id);

  /// Descriptors are short: up to `count` strangers go.
  void MakeRoom(std::size_t count, TimePoint now);

  /// A newcomer was refused because encoders that publish have all descriptors.
  void OnRefused(TimePoint now) { NoteCrowd("few file descriptors are left", now); }

  std::size_t size() const { return entries_.size(); }
  std::size_t strangers() const { return strangers_.size(); }
  std::size_t buffered_bytes() const { return buffered_bytes_; }

  /// Why the next encoder would probably find no place; empty when it would.
  std::string_view why_crowded(TimePoint now) const;

 private:
  /// Of a stranger among all. The lowest goes first.
  struct Seat {
    std::uint64_t rank = 0;
    Id id = 0;
    auto operator<=>(const Seat&) const = default;
  };
  using Size = std::pair<std::int64_t, Seat>;  // the bytes negated: the largest goes first

  struct Entry {
    std::string address;
    TimePoint came;
    GiveUp give_up;
    Seat seat;
    std::size_t buffered = 0;
    bool stranger = true;
  };

  void Move(Id id, std::uint64_t rank);
  void Enter(const Entry& entry);
  void Leave(const Entry& entry);
  void LimitAddress(const std::string& address, TimePoint now);
  void GiveUpOne(Id id, Limit limit, TimePoint now);
  void NoteCrowd(std::string_view why, TimePoint now);
  void NoLongerStranger(Entry& entry);

  Limits limits_;
  OnStrike on_strike_;
  std::map<Id, Entry> entries_;
  std::set<Seat> strangers_;
  std::map<std::string, std::set<Seat>> strangers_of_;  // by address
  std::set<Size> sizes_;                                // of strangers that keep something
  std::size_t buffered_bytes_ = 0;
  Id last_id_ = 0;
  std::uint64_t last_rank_ = 0;
  std::string_view crowd_;
  TimePoint crowded_until_{};
};

}  // namespace ingress::input
