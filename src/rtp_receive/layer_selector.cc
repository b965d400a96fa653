#include "rtp_receive/layer_selector.h"

#include "codec/stream_format.h"

namespace ingress::rtp_receive {
namespace {

constexpr int kLengthSize = 4;  // of the NAL units' lengths

std::optional<std::uint64_t> AreaOf(const stream::VideoUnit& frame) {
  const auto info = codec::InspectPicture(*frame.codec, frame.payload.view(), kLengthSize);
  if (!info.format || info.format->width <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(info.format->width) *
         static_cast<std::uint64_t>(info.format->height);
}

}  // namespace

bool LayerSelector::Passes(std::size_t layer, const stream::VideoUnit& frame, TimePoint now) {
  layers_[layer].seen_at = now;
  if (frame.key_frame) {
    if (const auto area = AreaOf(frame)) layers_[layer].area = *area;
  }
  if (frame.key_frame || use_ == Use::kReference) {
    const bool better =
        !selected_ || Paused(*selected_, now) || layers_[layer].area > layers_[*selected_].area;
    if (better) selected_ = layer;
  }
  return selected_ == layer;
}

std::optional<std::size_t> LayerSelector::WantsKeyFrame(TimePoint now) const {
  if (use_ == Use::kReference || !selected_ || !Paused(*selected_, now)) return std::nullopt;
  std::optional<std::size_t> largest;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!Paused(i, now) && (!largest || layers_[i].area > layers_[*largest].area)) largest = i;
  }
  return largest;
}

bool LayerSelector::Paused(std::size_t layer, TimePoint now) const {
  const auto& seen_at = layers_[layer].seen_at;
  return !seen_at || now - *seen_at >= kPaused;
}

}  // namespace ingress::rtp_receive
