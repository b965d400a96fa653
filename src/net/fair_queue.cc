#include "net/fair_queue.h"

#include <utility>

namespace ingress::net {

FairQueue::Id FairQueue::Push(const std::string& source, Rank rank) {
  const Id id = ++last_id_;
  if (rank == Rank::kBegun) {
    begun_.insert(id);
    return id;
  }
  const auto [found, is_new] = sources_.try_emplace(source);
  if (is_new) {
    found->second.place = line_.insert(line_.end(), source);
    found->second.fresh = fresh_.insert(fresh_.end(), source);
  }
  found->second.waiting.insert(id);
  source_of_.emplace(id, source);
  return id;
}

std::optional<FairQueue::Id> FairQueue::Pop() {
  std::optional<Id> next;
  if (!begun_.empty()) {
    next = *begun_.begin();
  } else if (!line_.empty()) {
    next = NextTask(NextSource());
  }
  if (next) Remove(*next);
  return next;
}

/// The source whose turn it is, which is the last in line from here on.
FairQueue::Source& FairQueue::NextSource() {
  const bool oldest = std::exchange(oldest_is_next_, !oldest_is_next_) || fresh_.empty();
  Source& next = sources_.at(oldest ? line_.front() : fresh_.back());
  if (const auto fresh = std::exchange(next.fresh, std::nullopt)) fresh_.erase(*fresh);
  line_.splice(line_.end(), line_, next.place);
  return next;
}

FairQueue::Id FairQueue::NextTask(Source& source) {
  const bool oldest = std::exchange(source.oldest_is_next, !source.oldest_is_next);
  return oldest ? *source.waiting.begin() : *source.waiting.rbegin();
}

void FairQueue::Remove(Id id) {
  if (begun_.erase(id) > 0) return;
  const auto found = source_of_.find(id);
  if (found == source_of_.end()) return;
  const auto source = sources_.find(found->second);
  source->second.waiting.erase(id);
  if (source->second.waiting.empty()) {
    line_.erase(source->second.place);
    if (source->second.fresh) fresh_.erase(*source->second.fresh);
    sources_.erase(source);
  }
  source_of_.erase(found);
}

}  // namespace ingress::net
