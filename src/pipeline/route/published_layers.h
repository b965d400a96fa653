#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "domain/encoding.h"
#include "pipeline/route/layer_allocation.h"
#include "pipeline/source/source_growth.h"

namespace ingress::pipeline {

/// Holds the layers of the published track: what they are, which of them are sent
/// (LayerAllocation), and whether the source has outgrown them (SourceGrowth). Empty until the
/// source's format is known. Sans-IO.
class PublishedLayers {
 public:
  /// A track with these layers, lowest first, is to be published, the first one or another in place
  /// of the last.
  void Publish(std::vector<LayerSpec> specs, TimePoint now);

  bool empty() const { return specs_.empty(); }
  std::size_t size() const { return specs_.size(); }
  std::size_t top() const { return specs_.size() - 1; }
  const std::vector<LayerSpec>& specs() const { return specs_; }

  /// The source has another format; a track for it would have `top` as its highest layer.
  void OnFormat(const LayerSpec& top, TimePoint now) { growth_.OnFormat(top, now); }
  /// Another track should be published.
  bool outgrown(TimePoint now) const { return growth_.Due(now); }
  /// It should have been for long.
  bool outgrown_in_vain(TimePoint now) const { return growth_.Overdue(now); }

  /// Somebody is in the room, or nobody, now and for tracks to come. True: layers begin or cease to
  /// be sent because of that.
  bool OnAudience(bool present);

  /// As LayerAllocation's; not while empty().
  std::vector<std::size_t> OnDemand(const std::vector<bool>& wanted) {
    return allocation_->OnDemand(wanted);
  }

  enum class UplinkChange : std::uint8_t {
    kNone,
    kBitrates,  // which follow the estimate every second: no news once the limit is known
    kNews,      // other layers are sent, or a limit has come or gone
  };
  /// Takes what the uplink carries of video, in bits per second; empty: no limit is known. Not
  /// while empty().
  UplinkChange OnUplink(std::optional<std::uint32_t> bits_per_second, TimePoint now);

  /// Which layers are sent; not while empty().
  const LayerAllocation& allocation() const { return *allocation_; }
  bool active(std::size_t layer) const { return allocation_->active(layer); }
  bool top_active() const { return allocation_->active(top()); }

 private:
  std::vector<LayerSpec> specs_;
  std::optional<LayerAllocation> allocation_;
  SourceGrowth growth_;
  bool audience_ = false;  // somebody is in the room, or may be
  bool uplink_limits_ = false;
};

}  // namespace ingress::pipeline
