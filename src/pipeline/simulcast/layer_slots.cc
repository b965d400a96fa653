#include "pipeline/simulcast/layer_slots.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ingress::pipeline {
namespace {

LayerQuality QualityOf(std::size_t slot, std::size_t slots) {
  if (slots == 1) return LayerQuality::kHigh;
  return static_cast<LayerQuality>(static_cast<std::size_t>(LayerQuality::kLow) + slot);
}

/// Apart by more than this are sizes, not the rounding of one: a ratio of areas of two.
constexpr double kOtherSize = 0.7;

/// Says how far two areas are apart, whichever is the larger.
double Apart(std::uint64_t a, std::uint64_t b) {
  return std::abs(std::log(static_cast<double>(a) / static_cast<double>(b)));
}

}  // namespace

std::vector<LayerSpec> LayerSlots::Publish(std::vector<Size> known, std::size_t expected,
                                           std::uint32_t bitrate, double frame_rate) {
  std::ranges::sort(known, {}, &Size::area);
  const std::size_t all = std::max(expected, known.size());
  const std::size_t count = std::min(all, kMax);
  const std::size_t left_out = std::min(all - count, known.size() - 1);
  known.erase(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(left_out));
  slots_.clear();
  for (const Size& size : known) {
    slots_.push_back({.area = size.area(), .source = size.source});
  }
  while (known.size() < count) {
    known.push_back({.width = known.back().width * 2, .height = known.back().height * 2});
    slots_.push_back({.area = known.back().area(), .guessed = true});
  }
  const BitrateReference largest{.bitrate = bitrate,
                                 .frame_rate = frame_rate,
                                 .width = known.back().width,
                                 .height = known.back().height};
  std::vector<LayerSpec> specs;
  specs.reserve(count);
  for (const Size& size : known) {
    specs.push_back({.quality = QualityOf(specs.size(), count),
                     .width = size.width,
                     .height = size.height,
                     .bitrate = ScaledBitrate(largest, frame_rate, size.width, size.height)});
  }
  return specs;
}

bool LayerSlots::Match(std::vector<Size> come) {
  for (Slot& slot : slots_) slot.source.reset();
  std::ranges::sort(come, {}, &Size::area);
  const bool too_many = come.size() > slots_.size();
  if (too_many) come.erase(come.begin(), come.end() - static_cast<std::ptrdiff_t>(slots_.size()));
  // Each set of as many slots, by bits: there are eight at most.
  std::vector<std::size_t> best;
  double least = std::numeric_limits<double>::max();
  for (std::size_t set = 0; set < (std::size_t{1} << slots_.size()); ++set) {
    std::vector<std::size_t> chosen;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if ((set >> slot & 1U) != 0) chosen.push_back(slot);
    }
    if (chosen.size() != come.size()) continue;
    double apart = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      apart += Apart(slots_[chosen[i]].area, come[i].area());
    }
    if (apart >= least) continue;
    least = apart;
    best = std::move(chosen);
  }
  return Place(come, best) || (too_many && slots_.size() < kMax);
}

/// True: every place is taken, and the sizes that were published are not those that have come.
bool LayerSlots::Place(const std::vector<Size>& come, const std::vector<std::size_t>& places) {
  const bool guessed = std::ranges::any_of(slots_, &Slot::guessed);
  bool other_sizes = false;
  for (std::size_t i = 0; i < places.size(); ++i) {
    Slot& slot = slots_[places[i]];
    slot.source = come[i].source;
    slot.guessed = false;
    other_sizes = other_sizes || Apart(slot.area, come[i].area()) > kOtherSize;
  }
  return guessed && other_sizes && come.size() == slots_.size();
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
