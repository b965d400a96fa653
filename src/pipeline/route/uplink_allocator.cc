#include "pipeline/route/uplink_allocator.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ingress::pipeline {

UplinkAllocator::UplinkAllocator(std::vector<std::uint32_t> bitrates)
    : bitrates_(std::move(bitrates)), layers_(bitrates_.size()), highest_(bitrates_.back()) {
  INGRESS_CHECK(!bitrates_.empty());
}

std::uint32_t UplinkAllocator::bitrate(std::size_t layer) const {
  if (layer >= layers_) return 0;
  return layer + 1 == layers_ ? highest_ : bitrates_[layer];
}

bool UplinkAllocator::OnEstimate(std::optional<std::uint32_t> estimate, TimePoint now) {
  const std::size_t layers_before = layers_;
  const std::uint32_t highest_before = highest_;
  if (!estimate) {
    layers_ = bitrates_.size();
    highest_ = bitrates_.back();
    retry_ = kRetry;
    stepped_up_at_.reset();
    return layers_ != layers_before || highest_ != highest_before;
  }
  const double available = kUsable * *estimate;
  if (const std::size_t fitting = Fitting(available); fitting < layers_) {
    StepDown(fitting, now);
  } else {
    MaybeStepUp(available, now);
  }
  SetHighest(available, layers_before, now);
  return layers_ != layers_before || highest_ != highest_before;
}

double UplinkAllocator::Needed(std::size_t layers, double share_of_highest) const {
  double sum = 0;
  for (std::size_t layer = 0; layer + 1 < layers; ++layer) sum += bitrates_[layer];
  return sum + share_of_highest * bitrates_[layers - 1];
}

std::size_t UplinkAllocator::Fitting(double available) const {
  std::size_t layers = bitrates_.size();
  while (layers > 1 && Needed(layers, kLeastShare) > available) --layers;
  return layers;
}

std::uint32_t UplinkAllocator::HighestBitrate(double available) const {
  const double nominal = bitrates_[layers_ - 1];
  const double left = available - (Needed(layers_, 1) - nominal);
  return static_cast<std::uint32_t>(std::clamp(left, kLeastShare * nominal, nominal));
}

void UplinkAllocator::SetHighest(double available, std::size_t layers_before, TimePoint now) {
  const std::uint32_t nominal = bitrates_[layers_ - 1];
  std::uint32_t wanted = HighestBitrate(available);
  if (layers_ > layers_before) {
    wanted = static_cast<std::uint32_t>(kLeastShare * nominal);
  } else if (layers_ == layers_before) {
    const double seconds = std::chrono::duration<double>(now - highest_set_at_).count();
    const double most = highest_ * (1 + kRise * std::min(seconds, 1.0));
    wanted = std::min(wanted, static_cast<std::uint32_t>(most));
    const bool notable =
        wanted == nominal || wanted < highest_ || wanted > highest_ * (1 + kNotable);
    if (!notable) return;
  }
  highest_ = wanted;
  highest_set_at_ = now;
}

void UplinkAllocator::StepDown(std::size_t layers, TimePoint now) {
  if (stepped_up_at_) {
    const bool failed = now - *stepped_up_at_ < kProven;
    retry_ = failed ? std::min(retry_ * 2, kLongestRetry) : kRetry;
    stepped_up_at_.reset();
  }
  layers_ = layers;
  stepped_down_at_ = now;
}

void UplinkAllocator::MaybeStepUp(double available, TimePoint now) {
  if (layers_ == bitrates_.size()) return;
  const TimePoint last = std::max(stepped_down_at_, stepped_up_at_.value_or(stepped_down_at_));
  if (now - last < retry_) return;
  if (Needed(layers_ + 1, kLeastShare) * kSpare > available) return;
  ++layers_;
  stepped_up_at_ = now;
}

}  // namespace ingress::pipeline
