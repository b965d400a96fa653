#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/layer_spec.h"
#include "pipeline/route/layer_demand.h"
#include "pipeline/route/load_shedder.h"
#include "pipeline/route/uplink_allocator.h"

namespace ingress::pipeline {

/// Decides which layers are sent and which of them are encoded: those that the output wants, as far
/// as the uplink carries them and the machine keeps up. Sans-IO.
class LayerAllocation {
 public:
  /// `layers`: as published, lowest first.
  explicit LayerAllocation(const std::vector<LayerSpec>& layers);

  /// Somebody may watch, or nobody: see LayerDemand.
  void OnAudience(bool present);

  /// The output wants these layers. Returns those that are wanted now and were not before; at the
  /// output's first word all that are wanted, because what was sent before was sent for nobody.
  std::vector<std::size_t> OnDemand(const std::vector<bool>& wanted);

  /// `estimate`: bits per second that the uplink carries; empty: no limit is known. True when the
  /// allocation changed.
  bool OnUplink(std::optional<std::uint32_t> estimate, TimePoint now);

  std::size_t size() const { return layers_.size(); }
  std::size_t top() const { return layers_.size() - 1; }

  /// The layer is sent, if there are frames for it.
  bool active(std::size_t layer) const { return active_[layer]; }
  bool any() const;
  bool any_below_top() const;
  /// The output has said which layers it wants.
  bool heard() const { return demand_.heard(); }
  /// Bits per second that `layer` may take.
  std::uint32_t bitrate(std::size_t layer) const;
  /// Bits per second that the uplink leaves to the highest layer; empty when no limit is known.
  std::optional<std::uint32_t> top_limit() const;

  /// The layers that the encoder makes. `source_feeds_top`: not the highest.
  std::vector<bool> Encoded(bool source_feeds_top, Shedding shedding) const;

  /// The heights of the active layers, for a log: "180p,360p"; "none".
  std::string Describe() const;

 private:
  void Update();

  std::vector<LayerSpec> layers_;
  LayerDemand demand_;
  UplinkAllocator uplink_;
  std::optional<std::uint32_t> estimate_;
  std::vector<bool> active_;
};

}  // namespace ingress::pipeline
