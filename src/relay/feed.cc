#include "relay/feed.h"

#include <utility>

#include "relay/feed_state.h"

namespace ingress::relay {

void FeedState::Push(flv::Tag tag) {
  if (generation_->ended) return;
  ++past_.tags;
  past_.bytes += tag.payload.size();
  generation_->buffer.Push(std::move(tag));
  if (!groups_) generation_->Wake();
}

void FeedState::OnReadDone() {
  if (!generation_->ended && groups_) generation_->Wake();
}

void FeedState::Pause() {
  if (generation_->ended) return;
  paused_ = true;
  generation_->End();
}

void FeedState::End() {
  generation_->End();
  Resume();
}

void FeedState::NewGeneration() {
  generation_->End();
  past_.dropped = counters().dropped;
  generation_ = std::make_shared<Generation>(limits_);
  Resume();
}

void FeedState::Resume() {
  paused_ = false;
  resumed.Notify();
}

FeedCounters FeedState::counters() const {
  const Buffer& buffer = generation_->buffer;
  FeedCounters counters = past_;
  counters.dropped.bytes_cap += buffer.main_dropped().bytes_cap;
  counters.dropped.media_cap += buffer.main_dropped().media_cap;
  counters.dropped.awaiting_key += buffer.main_dropped().awaiting_key;
  counters.queued_bytes = buffer.queued_bytes();
  counters.lag = buffer.main_lag();
  counters.main_reader = buffer.has_main();
  counters.taps = buffer.readers() - (buffer.has_main() ? 1 : 0);
  return counters;
}

void Registry::Add(std::shared_ptr<FeedState> feed) {
  const std::string& id = feed->resource_id();
  feeds_.insert_or_assign(id, std::move(feed));
}

void Registry::Remove(const FeedState& feed) {
  const auto found = feeds_.find(feed.resource_id());
  if (found != feeds_.end() && found->second.get() == &feed) feeds_.erase(found);
}

std::shared_ptr<FeedState> Registry::Find(const std::string& resource_id) const {
  const auto found = feeds_.find(resource_id);
  return found == feeds_.end() ? nullptr : found->second;
}

Feed::Feed(std::shared_ptr<FeedState> state, std::shared_ptr<Registry> registry)
    : state_(std::move(state)), registry_(std::move(registry)) {
  registry_->Add(state_);
}

Feed::~Feed() {
  registry_->Remove(*state_);
  state_->End();
}

void Feed::Push(flv::Tag tag) { state_->Push(std::move(tag)); }

void Feed::OnReadDone() { state_->OnReadDone(); }

void Feed::SetGrouping(bool groups) { state_->SetGrouping(groups); }

void Feed::Pause() { state_->Pause(); }

void Feed::End() { state_->End(); }

void Feed::NewGeneration() { state_->NewGeneration(); }

FeedCounters Feed::counters() const { return state_->counters(); }

}  // namespace ingress::relay
