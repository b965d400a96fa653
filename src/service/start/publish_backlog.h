#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace ingress::service {

/// Decides which publishes may wait for livekit-server to look at their stream keys. A newcomer
/// always may: when all places are taken, the address that has most of them gives one up, of the
/// key that it has most of, the oldest; among equals the one that has waited longest. Sans-IO.
class PublishBacklog {
 public:
  static constexpr std::size_t kPlaces = 1024;

  using Id = std::uint64_t;

  /// Ends the wait of that publish. Its entry is gone already; it may add none.
  using GiveUp = std::function<void()>;

  /// Told of the address of each publish that is given up.
  using OnStrike = std::function<void(const std::string& address)>;

  explicit PublishBacklog(OnStrike on_strike) : on_strike_(std::move(on_strike)) {}

  /// `address`: by net::AddressGroup.
  Id Add(const std::string& address, const std::string& key, GiveUp give_up);

  /// Without effect once it was given up.
  void Remove(Id id);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string address;
    std::string key;
    GiveUp give_up;
  };
  using Ids = std::set<Id>;  // oldest first

  Id Costliest() const;

  OnStrike on_strike_;
  std::map<Id, Entry> entries_;
  std::map<std::string, std::map<std::string, Ids>> keys_of_;  // by address, then by key
  Id last_id_ = 0;
};

/// One publish's place among those that wait, given back with this object. `all` outlives it.
class BacklogPlace {
 public:
  BacklogPlace(PublishBacklog& all, const std::string& address, const std::string& key,
               PublishBacklog::GiveUp give_up)
      : all_(all), id_(all.Add(address, key, std::move(give_up))) {}
  ~BacklogPlace() { all_.Remove(id_); }
  BacklogPlace(const BacklogPlace&) = delete;
  BacklogPlace& operator=(const BacklogPlace&) = delete;

 private:
  PublishBacklog& all_;
  PublishBacklog::Id id_;
};

}  // namespace ingress::service
