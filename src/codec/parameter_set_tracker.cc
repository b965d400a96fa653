#include "codec/parameter_set_tracker.h"

#include <algorithm>
#include <utility>

namespace ingress::codec {

Result<void> ParameterSetTracker::Take(ByteView nal) {
  if (!next_ && active_ && ReplacesActive(nal)) {
    ParameterSets next = sets_;
    auto taken = next.Take(nal);
    if (!taken) return std::unexpected(std::move(taken.error()));
    next_ = std::move(next);
    contradictions_ = 0;
    news_ = true;
    return {};
  }
  auto taken = (next_ ? *next_ : sets_).Take(nal);
  if (!taken) return std::unexpected(std::move(taken.error()));
  news_ = news_ || *taken;
  const bool as_before = next_ && std::ranges::equal(next_->Sps(active_->sps_id), active_->sps);
  if (as_before) sets_ = *std::exchange(next_, std::nullopt);
  return {};
}

bool ParameterSetTracker::ReplacesActive(ByteView nal) const {
  return !std::ranges::equal(nal, active_->sps) && sets_.IdOfSps(nal) == active_->sps_id;
}

ParameterSetTracker::Verdict ParameterSetTracker::OnPicture(std::optional<std::uint32_t> pps_id,
                                                            bool key) {
  if (key && next_) sets_ = *std::exchange(next_, std::nullopt);
  if (!pps_id) return active_ ? Verdict::kSame : Verdict::kMissing;
  if (!key && active_) return OnInterPicture(*pps_id);
  if (active_ && !news_ && active_->pps.contains(*pps_id)) return Verdict::kSame;
  const auto sps_id = sets_.SpsOf(*pps_id);
  return sps_id ? Adopt(*sps_id) : Verdict::kMissing;
}

ParameterSetTracker::Verdict ParameterSetTracker::OnInterPicture(std::uint32_t pps_id) {
  if (next_ && ++contradictions_ >= kContradictions) next_.reset();
  if (!news_ || next_) {
    return active_->pps.contains(pps_id) ? Verdict::kSame : Verdict::kMissing;
  }
  if (sets_.SpsOf(pps_id) != active_->sps_id) return Verdict::kMissing;
  news_ = false;
  auto group = sets_.GroupOf(active_->sps_id);
  if (group == active_) return Verdict::kSame;
  active_ = std::move(group);
  return Verdict::kMorePps;
}

ParameterSetTracker::Verdict ParameterSetTracker::Adopt(std::uint32_t sps_id) {
  news_ = false;
  auto group = sets_.GroupOf(sps_id);
  if (group == active_) return Verdict::kSame;
  active_ = std::move(group);
  return Verdict::kNew;
}

bool ParameterSetTracker::Begin() {
  if (active_) return false;
  const auto sps_id = sets_.OnlySps();
  return sps_id && Adopt(*sps_id) == Verdict::kNew;
}

}  // namespace ingress::codec
