// Which layers a pipeline has, first and after its source has grown.
#include <utility>

#include "domain/layers.h"
#include "pipeline/video/video_pipeline.h"

namespace ingress::pipeline {

/// The layers of a track that would be published for the source as it is now.
std::vector<LayerSpec> VideoPipeline::LayersOfFormat() const {
  const auto width = static_cast<std::uint32_t>(input_.source().format()->width);
  const auto height = static_cast<std::uint32_t>(input_.source().format()->height);
  VideoEncoding encoding = options_.encoding;
  if (options_.transcoding == Transcoding::kNever) {
    encoding.layers = {encoding.layers.back()};
    encoding.layers.front().width = width;
    encoding.layers.front().height = height;
  }
  return ComputeLayers(encoding, width, height);
}

void VideoPipeline::AdoptLayers(std::vector<LayerSpec> layers) {
  const TimePoint now = Clock::now();
  layers_ = std::move(layers);
  growth_.OnPublished(layers_.back(), now);
  allocation_.emplace(layers_);
  allocation_->OnAudience(audience_);
  selector_.SetTop(layers_.back());
  configured_.assign(layers_.size(), false);
  throttles_.assign(layers_.size(), {});
  newcomers_until_ = now + kNewcomers;
}

void VideoPipeline::RenewLayers(TimePoint now) {
  AdoptLayers(LayersOfFormat());
  bridge_wanted_ = false;
  warm_until_ = {};
  wait_for_source_until_.reset();
  feed_.Stop(now);
  splicer_.LoseEncoder();
}

}  // namespace ingress::pipeline
