#include "pipeline/source/access_unit_assembler.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ingress::pipeline {
namespace {

constexpr int kWaitByDistance = 3;  // how long to wait for a part, by how far parts come apart
constexpr int kForget = 64;         // of that distance a picture forgets this part

bool SameTime(std::uint32_t one, std::uint32_t other) {
  return std::abs(static_cast<std::int32_t>(one - other)) <= AccessUnitAssembler::kSameTime;
}

std::size_t DataAt(const VideoMessage& message) {
  return static_cast<std::size_t>(message.tag.data.data() - message.body.data());
}

void InsertData(VideoMessage& message, std::size_t offset, ByteView bytes) {
  if (bytes.empty()) return;
  const std::size_t at = DataAt(message);
  message.body.insert(message.body.begin() + static_cast<std::ptrdiff_t>(at + offset),
                      bytes.begin(), bytes.end());
  message.tag.data = ByteView(message.body).subspan(at);
}

void Append(VideoMessage& message, ByteView bytes) {
  InsertData(message, message.tag.data.size(), bytes);
}

void AddInfo(codec::AccessUnitInfo& info, const codec::AccessUnitInfo& part) {
  info.slices += part.slices;
  info.idr = info.idr || part.idr;
  info.random_access = info.random_access || part.random_access;
  info.b_slices = info.b_slices || part.b_slices;
  info.parameter_sets = info.parameter_sets || part.parameter_sets;
  info.useful_bytes += part.useful_bytes;
}

bool IsKey(const VideoMessage& message) {
  return message.units->random_access || message.tag.key_frame;
}

}  // namespace

void AccessUnitAssembler::Push(VideoMessage message, Placed placed, TimePoint now) {
  const bool in_parts = message.coded() && message.units && !message.units->damaged;
  if (!in_parts) {
    Complete();
    ready_.push_back({.message = std::move(message), .placed = placed});
  } else if (message.units->slices == 0) {
    OnPrefix(message);
  } else if (message.units->begins_picture) {
    OnBeginning(std::move(message), placed, now);
  } else {
    OnContinuation(std::move(message), now);
  }
}

/// Units without a slice belong to the picture that comes next, or to the rest of the one that is
/// coming.
void AccessUnitAssembler::OnPrefix(const VideoMessage& message) {
  if (prefix_codec_ != message.tag.codec || prefix_.size() + message.tag.data.size() > kMaxPrefix) {
    prefix_.clear();
    prefix_info_ = {};
  }
  if (message.tag.data.size() > kMaxPrefix) return;
  prefix_codec_ = message.tag.codec;
  prefix_.insert(prefix_.end(), message.tag.data.begin(), message.tag.data.end());
  AddInfo(prefix_info_, *message.units);
}

void AccessUnitAssembler::OnBeginning(VideoMessage message, Placed placed, TimePoint now) {
  Complete();
  if (!prefix_.empty() && prefix_codec_ == message.tag.codec) {
    InsertData(message, 0, prefix_);
    AddInfo(*message.units, prefix_info_);
  }
  prefix_.clear();
  prefix_info_ = {};
  pending_ = Pending{.unit = {.message = std::move(message), .placed = placed}, .newest = now};
  const bool whole = !split_ && whole_ >= kProof;
  if (whole || LastPartIsThere()) Complete();
}

void AccessUnitAssembler::OnContinuation(VideoMessage message, TimePoint now) {
  const bool belongs = pending_ && pending_->unit.message.tag.codec == message.tag.codec &&
                       SameTime(pending_->unit.message.timestamp, message.timestamp);
  if (!belongs) {
    OnStray(std::move(message));
    return;
  }
  split_ = true;
  apart_ = std::max<std::chrono::nanoseconds>(now - pending_->newest, apart_ - apart_ / kForget);
  pending_->newest = now;
  ++pending_->parts;
  VideoMessage& whole = pending_->unit.message;
  Append(whole, prefix_);
  Append(whole, message.tag.data);
  AddInfo(*whole.units, prefix_info_);
  AddInfo(*whole.units, *message.units);
  whole.tag.key_frame = whole.tag.key_frame || message.tag.key_frame;
  prefix_.clear();
  prefix_info_ = {};
  const bool full = whole.tag.data.size() > kMaxBytes;
  if (full || LastPartIsThere()) Complete();
}

void AccessUnitAssembler::OnStray(VideoMessage message) {
  Complete();
  rule_broken_ = rule_broken_ || split_;
  if (!split_) counts_ = {};  // those were pictures of one part
  split_ = true;
  apart_ = kLongestWait / kWaitByDistance;
  ready_.push_back({.message = std::move(message), .placed = {}, .stray = true});
}

void AccessUnitAssembler::Complete() {
  if (!pending_) return;
  Learn();
  ready_.push_back(std::move(pending_->unit));
  pending_.reset();
}

void AccessUnitAssembler::Learn() {
  counts_[IsKey(pending_->unit.message) ? 1 : 0].Count(pending_->parts);
  whole_ = pending_->parts == 1 ? std::min(whole_ + 1, kProof) : 0;
}

bool AccessUnitAssembler::LastPartIsThere() const {
  if (!split_ || rule_broken_) return false;
  const bool key = IsKey(pending_->unit.message);
  const Parts& parts = counts_[key ? 1 : 0];
  return parts.in_row >= (key ? kKeyRule : kRule) && pending_->parts == parts.usual;
}

bool AccessUnitAssembler::HasWaitedEnough(TimePoint now) const {
  const auto waited = now - pending_->newest;
  if (!split_) return waited >= kLongestWait;
  const bool flows = other_track_at_ && *other_track_at_ > pending_->newest + apart_;
  if (!flows) return waited >= kStallWait;
  return waited >=
         std::clamp<std::chrono::nanoseconds>(kWaitByDistance * apart_, kLeastWait, kLongestWait);
}

void AccessUnitAssembler::Poll(TimePoint now) {
  if (pending_ && HasWaitedEnough(now)) Complete();
}

void AccessUnitAssembler::Reset() {
  Complete();
  std::vector<Unit> ready = std::move(ready_);
  const std::size_t taken = taken_;
  *this = AccessUnitAssembler();
  ready_ = std::move(ready);
  taken_ = taken;
}

std::optional<AccessUnitAssembler::Unit> AccessUnitAssembler::Next() {
  if (taken_ == ready_.size()) {
    ready_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  return std::move(ready_[taken_++]);
}

}  // namespace ingress::pipeline
