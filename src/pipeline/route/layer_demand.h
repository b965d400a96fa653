#pragma once

#include <cstddef>
#include <vector>

namespace ingress::pipeline {

/// Tracks which layers of one video track have to be sent, as the output states it.
///
/// Before the output's first word every layer is active while there is an audience, so that a
/// viewer who comes waits for nothing; without an audience none is.
class LayerDemand {
 public:
  explicit LayerDemand(std::size_t layers) : active_(layers, false) {}

  /// The output wants these layers, by index, and no others. Layers beyond the end are not wanted.
  void OnDemand(const std::vector<bool>& wanted);

  /// Somebody may watch, or nobody. Of no effect after the output's first word.
  void OnAudience(bool present);

  /// The output has spoken.
  bool heard() const { return heard_; }

  bool IsActive(std::size_t layer) const { return active_[layer]; }
  std::size_t size() const { return active_.size(); }

 private:
  std::vector<bool> active_;
  bool heard_ = false;
};

}  // namespace ingress::pipeline
