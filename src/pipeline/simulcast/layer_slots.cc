#include "pipeline/simulcast/layer_slots.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ingress::pipeline {
namespace {

LayerQuality QualityOf(std::size_t slot, std::size_t slots) {
  if (slots == 1) return LayerQuality::kHigh;
  return static_cast<LayerQuality>(static_cast<std::size_t>(LayerQuality::kLow) + slot);
}

/// How far two areas are apart, whichever is the larger.
double Apart(std::uint64_t a, std::uint64_t b) {
  return std::abs(std::log(static_cast<double>(a) / static_cast<double>(b)));
}

}  // namespace

std::vector<LayerSpec> LayerSlots::Publish(std::vector<Size> known, std::size_t expected,
                                           const BitrateReference& top) {
  std::ranges::sort(known, {}, &Size::area);
  const std::size_t all = std::max(expected, known.size());
  const std::size_t count = std::min(all, kMost);
  const std::size_t left_out = std::min(all - count, known.size() - 1);
  known.erase(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(left_out));
  slots_.clear();
  std::vector<LayerSpec> specs;
  for (std::size_t slot = 0; slot < count; ++slot) {
    const bool there = slot < known.size();
    const Size size =
        there ? known[slot]
              : Size{.width = specs.back().width * 2, .height = specs.back().height * 2};
    specs.push_back({.quality = QualityOf(slot, count),
                     .width = size.width,
                     .height = size.height,
                     .bitrate = std::min(top.bitrate, ScaledBitrate(top, top.frame_rate, size.width,
                                                                    size.height))});
    slots_.push_back({.area = size.area()});
    if (there) slots_.back().source = size.source;
    if (there) slots_.back().source_area = size.area();
  }
  return specs;
}

bool LayerSlots::Assign(const Size& size) {
  if (SlotOf(size.source)) return true;
  Slot* nearest = nullptr;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.source || !InOrder(i, size.area())) continue;
    const bool nearer =
        nearest == nullptr || Apart(slot.area, size.area()) < Apart(nearest->area, size.area());
    if (nearer) nearest = &slot;
  }
  if (nearest == nullptr) return false;
  nearest->source = size.source;
  nearest->source_area = size.area();
  return true;
}

/// Layers above are larger, those below smaller.
bool LayerSlots::InOrder(std::size_t slot, std::uint64_t area) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].source) continue;
    if (i < slot ? slots_[i].source_area > area : slots_[i].source_area < area) return false;
  }
  return true;
}

void LayerSlots::Forget() {
  for (Slot& slot : slots_) slot.source.reset();
}

std::optional<std::size_t> LayerSlots::SlotOf(std::size_t source) const {
  const auto found = std::ranges::find(slots_, std::optional(source), &Slot::source);
  if (found == slots_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - slots_.begin());
}

std::optional<std::size_t> LayerSlots::SourceOf(std::size_t slot) const {
  return slot < slots_.size() ? slots_[slot].source : std::nullopt;
}

}  // namespace ingress::pipeline
