#pragma once

#include <optional>

#include "base/result.h"
#include "media/gst/scaler.h"
#include "media/picture_fit.h"
#include "media/tone_map.h"

namespace ingress::media::gst {

/// A raw picture's format and the turn that makes it stand upright.
struct SourceFormat {
  GstVideoInfo info{};
  int rotation = 0;  // quarter turns clockwise, 0 to 3
};

/// Makes a layer's pictures of decoded ones, or of those of a larger layer: converts format and
/// colours, scales without distortion, tone-maps, turns. What is not needed costs nothing; a
/// picture that fits as it is stays the same buffer. One thread.
class LayerFitter {
 public:
  /// Errors: kUnsupported when the conversion does not exist.
  static Result<LayerFitter> Make(const SourceFormat& from, const GstVideoInfo& layer);

  bool Takes(const SourceFormat& from) const {
    return gst_video_info_is_equal(&from_.info, &from.info) != FALSE &&
           from_.rotation == from.rotation;
  }

  /// A picture with the time of `picture`; null when memory cannot be mapped.
  GstPtr<GstBuffer> Fit(GstBuffer* picture);

 private:
  struct ToneStage {
    ToneMapper mapper;
    GstVideoInfo from;
    GstVideoInfo to;
    GstPtr<GstBufferPool> pool;
  };
  struct RotateStage {
    GstVideoInfo from;
    GstVideoInfo to;
    GstPtr<GstBufferPool> pool;
    int rotation;
  };

  LayerFitter() = default;

  static bool LimitColourRange(const GstVideoInfo& info, GstBuffer* picture);
  static GstPtr<GstBuffer> Map(const ToneStage& stage, GstBuffer* picture);
  static GstPtr<GstBuffer> Rotate(const RotateStage& stage, GstBuffer* picture);

  SourceFormat from_;
  std::optional<Scaler> scaler_;
  std::optional<GstVideoInfo> full_range_;  // of what the scaler makes, to be limited
  std::optional<ToneStage> tone_;
  std::optional<Scaler> recolour_;  // from what the tone mapper makes into the layer's colours
  std::optional<RotateStage> rotate_;
};

}  // namespace ingress::media::gst
