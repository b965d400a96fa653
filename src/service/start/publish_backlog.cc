#include "service/start/publish_backlog.h"

#include <tuple>

namespace ingress::service {

PublishBacklog::Id PublishBacklog::Add(const std::string& address, const std::string& key,
                                       GiveUp give_up) {
  if (entries_.size() >= kPlaces) {
    const Id id = Costliest();
    const Entry entry = entries_.at(id);
    Remove(id);
    on_strike_(entry.address);
    entry.give_up();
  }
  const Id id = ++last_id_;
  keys_of_[address][key].insert(id);
  entries_.emplace(id, Entry{.address = address, .key = key, .give_up = std::move(give_up)});
  return id;
}

void PublishBacklog::Remove(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  const auto address = keys_of_.find(found->second.address);
  const auto key = address->second.find(found->second.key);
  key->second.erase(id);
  if (key->second.empty()) address->second.erase(key);
  if (address->second.empty()) keys_of_.erase(address);
  entries_.erase(found);
}

/// Looks at all of them, which are kPlaces at most.
PublishBacklog::Id PublishBacklog::Costliest() const {
  using Cost = std::tuple<std::size_t, std::size_t, std::int64_t>;  // address, key, age
  std::optional<Cost> most;
  Id costliest = 0;
  for (const auto& [address, keys] : keys_of_) {
    std::size_t of_address = 0;
    for (const auto& [key, ids] : keys) of_address += ids.size();
    for (const auto& [key, ids] : keys) {
      const Id oldest = *ids.begin();
      const Cost cost(of_address, ids.size(), -static_cast<std::int64_t>(oldest));
      if (most && cost <= *most) continue;
      most = cost;
      costliest = oldest;
    }
  }
  return costliest;
}

}  // namespace ingress::service
