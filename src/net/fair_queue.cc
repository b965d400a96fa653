#include "net/fair_queue.h"

namespace ingress::net {

FairQueue::Id FairQueue::Push(const std::string& source) {
  const auto [found, fresh] = sources_.try_emplace(source);
  if (fresh) {
    rotation_.push_front(source);
    found->second.place = rotation_.begin();
  }
  const Id id = ++last_id_;
  found->second.waiting.insert(id);
  source_of_.emplace(id, source);
  return id;
}

std::optional<FairQueue::Id> FairQueue::Pop() {
  if (rotation_.empty()) return std::nullopt;
  Source& next = sources_.at(rotation_.front());
  rotation_.splice(rotation_.end(), rotation_, next.place);
  const Id id = *next.waiting.rbegin();
  Remove(id);
  return id;
}

void FairQueue::Remove(Id id) {
  const auto found = source_of_.find(id);
  if (found == source_of_.end()) return;
  const auto source = sources_.find(found->second);
  source->second.waiting.erase(id);
  if (source->second.waiting.empty()) {
    rotation_.erase(source->second.place);
    sources_.erase(source);
  }
  source_of_.erase(found);
}

}  // namespace ingress::net
