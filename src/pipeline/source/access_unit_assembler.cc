#include "pipeline/source/access_unit_assembler.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ingress::pipeline {
namespace {

constexpr int kWaitByDistance = 3;  // how long to wait for a part, by how far parts come apart
constexpr int kForget = 64;         // of that distance a picture forgets this part

bool SameTime(const stream::Timestamp& one, const stream::Timestamp& other) {
  return one.clock == other.clock &&
         std::chrono::abs(stream::TimeBetween(one, other)) <= AccessUnitAssembler::kSameTime;
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
  return message.nal_units->random_access || message.unit.key_frame;
}

}  // namespace

void AccessUnitAssembler::Push(VideoMessage message, Placed placed, TimePoint now) {
  const bool in_parts = message.coded() && message.nal_units && !message.nal_units->damaged;
  if (!in_parts) {
    Complete();
    ready_.push_back({.message = std::move(message), .placed = placed});
  } else if (message.nal_units->slices == 0) {
    OnPrefix(message);
  } else if (message.nal_units->begins_picture) {
    OnBeginning(std::move(message), placed, now);
  } else {
    OnContinuation(std::move(message), now);
  }
}

/// Units without a slice belong to the picture that comes next, or to the rest of the one that is
/// coming.
void AccessUnitAssembler::OnPrefix(const VideoMessage& message) {
  if (prefix_codec_ != message.unit.codec ||
      prefix_.size() + message.unit.payload.size() > kMaxPrefix) {
    prefix_.clear();
    prefix_info_ = {};
  }
  if (message.unit.payload.size() > kMaxPrefix) return;
  prefix_codec_ = message.unit.codec;
  const ByteView data = message.unit.payload.view();
  prefix_.insert(prefix_.end(), data.begin(), data.end());
  AddInfo(prefix_info_, *message.nal_units);
}

void AccessUnitAssembler::OnBeginning(VideoMessage message, Placed placed, TimePoint now) {
  Complete();
  if (!prefix_.empty() && prefix_codec_ == message.unit.codec) {
    message.unit.payload.Insert(0, prefix_);
    AddInfo(*message.nal_units, prefix_info_);
  }
  prefix_.clear();
  prefix_info_ = {};
  pending_ = Pending{.unit = {.message = std::move(message), .placed = placed}, .newest = now};
  const bool whole = !split_ && whole_ >= kProof;
  if (whole || LastPartIsThere()) Complete();
}

void AccessUnitAssembler::OnContinuation(VideoMessage message, TimePoint now) {
  const bool belongs = pending_ && pending_->unit.message.unit.codec == message.unit.codec &&
                       SameTime(pending_->unit.message.unit.dts, message.unit.dts);
  if (!belongs) {
    OnStray(std::move(message));
    return;
  }
  split_ = true;
  apart_ = std::max<std::chrono::nanoseconds>(now - pending_->newest, apart_ - apart_ / kForget);
  pending_->newest = now;
  ++pending_->parts;
  VideoMessage& whole = pending_->unit.message;
  stream::Payload& payload = whole.unit.payload;
  payload.Insert(payload.size(), prefix_);
  payload.Insert(payload.size(), message.unit.payload.view());
  AddInfo(*whole.nal_units, prefix_info_);
  AddInfo(*whole.nal_units, *message.nal_units);
  whole.unit.key_frame = whole.unit.key_frame || message.unit.key_frame;
  prefix_.clear();
  prefix_info_ = {};
  const bool full = payload.size() > kMaxBytes;
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
