#pragma once

#include <map>
#include <optional>
#include <vector>

#include "livekit_models.pb.h"

namespace ingress::pipeline {

/// Tracks which layers of one video track have to be sent, as the SFU states it.
///
/// The SFU names the qualities somebody wants; a layer is active when its quality is wanted or lies
/// below the highest wanted one, because the SFU falls back to lower layers without a further word.
/// A wanted quality that no layer has is served by the next larger layer. Before the SFU's first
/// word, which comes with the first subscription or after ten seconds, every layer is active while
/// somebody is in the room, so that a viewer who subscribes waits for nothing; in an empty room
/// none is.
class LayerDemand {
 public:
  /// `layers`: the qualities that are published, lowest first.
  explicit LayerDemand(std::vector<::livekit::VideoQuality> layers);

  void OnSubscribedQuality(const std::map<::livekit::VideoQuality, bool>& enabled);

  /// Somebody is in the room, or nobody. Of no effect after the SFU's first word.
  void OnAudience(bool present);

  /// The SFU has spoken.
  bool heard() const { return heard_; }

  bool IsActive(std::size_t layer) const;
  std::size_t size() const { return layers_.size(); }

 private:
  std::vector<::livekit::VideoQuality> layers_;
  std::size_t active_ = 0;  // layers below this index are active
  bool heard_ = false;
};

}  // namespace ingress::pipeline
