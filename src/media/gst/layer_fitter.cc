#include "media/gst/layer_fitter.h"

#include <utility>

#include "media/full_range.h"
#include "media/gst/colours.h"
#include "media/rotate.h"

namespace ingress::media::gst {
namespace {

/// Progressive, with square pixels, in colours of its own.
GstVideoInfo MakeInfo(GstVideoFormat format, int width, int height, const GstVideoInfo& colours) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, static_cast<guint>(width), static_cast<guint>(height));
  info.colorimetry = colours.colorimetry;
  info.chroma_site = colours.chroma_site;
  return info;
}

bool SameColours(const GstVideoInfo& a, const GstVideoInfo& b) {
  return gst_video_colorimetry_is_equal(&a.colorimetry, &b.colorimetry) != FALSE;
}

bool SameFormat(const GstVideoInfo& a, const GstVideoInfo& b) {
  return GST_VIDEO_INFO_FORMAT(&a) == GST_VIDEO_INFO_FORMAT(&b) && a.width == b.width &&
         a.height == b.height && SameColours(a, b);
}

PictureShape ShapeOf(const SourceFormat& source) {
  return {.width = source.info.width,
          .height = source.info.height,
          .sar_width = source.info.par_n,
          .sar_height = source.info.par_d,
          .rotation = source.rotation};
}

Rectangle Whole(const GstVideoInfo& info) { return {0, 0, info.width, info.height}; }

template <typename Sample>
PlaneView<Sample> PlaneOf(GstVideoFrame* frame, int index) {
  return {.data = static_cast<Sample*>(GST_VIDEO_FRAME_PLANE_DATA(frame, index)),
          .stride = GST_VIDEO_FRAME_PLANE_STRIDE(frame, index) /
                    static_cast<std::ptrdiff_t>(sizeof(Sample)),
          .width = GST_VIDEO_FRAME_COMP_WIDTH(frame, index),
          .height = GST_VIDEO_FRAME_COMP_HEIGHT(frame, index)};
}

}  // namespace

Result<LayerFitter> LayerFitter::Make(const SourceFormat& from, const GstVideoInfo& layer) {
  LayerFitter fitter;
  fitter.from_ = from;
  GstVideoInfo source = from.info;
  // What was deinterlaced is progressive, whatever the stream says; and pixels get square here.
  source.interlace_mode = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  const bool sideways = from.rotation % 2 != 0;
  const int width = sideways ? layer.height : layer.width;
  const int height = sideways ? layer.width : layer.height;
  SourceFormat unrotated = from;
  unrotated.rotation = 0;
  const Rectangle target = FitInto(ShapeOf(unrotated), width, height);

  const auto wide = WideTransferOf(source);
  GstVideoInfo now = wide ? MakeInfo(GST_VIDEO_FORMAT_I420_10LE, width, height, source)
                          : MakeInfo(GST_VIDEO_FORMAT_I420, width, height, layer);
  // GStreamer's fast paths forget about the range.
  const bool full_range = GST_VIDEO_INFO_IS_YUV(&source) &&
                          source.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255 &&
                          layer.colorimetry.range != GST_VIDEO_COLOR_RANGE_0_255;
  if (full_range) now.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  if (full_range || !SameFormat(source, now) || target != Whole(now)) {
    auto scaler = Scaler::Make(source, now, target);
    if (!scaler) return std::unexpected(std::move(scaler.error()));
    fitter.scaler_ = std::move(*scaler);
  }
  if (full_range) fitter.full_range_ = now;
  if (wide) {
    GstVideoInfo mapped = MakeInfo(GST_VIDEO_FORMAT_I420, width, height, layer);
    gst_video_colorimetry_from_string(&mapped.colorimetry, GST_VIDEO_COLORIMETRY_BT709);
    fitter.tone_.emplace(ToneMapper(*wide), now, mapped, MakePicturePool(mapped));
    now = MakeInfo(GST_VIDEO_FORMAT_I420, width, height, layer);
    if (!SameColours(mapped, now)) {
      auto recolour = Scaler::Make(mapped, now, Whole(now));
      if (!recolour) return std::unexpected(std::move(recolour.error()));
      fitter.recolour_ = std::move(*recolour);
    }
  }
  if (from.rotation != 0) {
    fitter.rotate_.emplace(now, layer, MakePicturePool(layer), from.rotation);
  }
  return fitter;
}

GstPtr<GstBuffer> LayerFitter::Fit(GstBuffer* picture) {
  GstPtr<GstBuffer> now(gst_buffer_ref(picture));
  if (scaler_) now = scaler_->Scale(now.get());
  if (now && full_range_ && !LimitColourRange(*full_range_, now.get())) return nullptr;
  if (now && tone_) now = Map(*tone_, now.get());
  if (now && recolour_) now = recolour_->Scale(now.get());
  if (now && rotate_) now = Rotate(*rotate_, now.get());
  return now;
}

bool LayerFitter::LimitColourRange(const GstVideoInfo& info, GstBuffer* picture) {
  MappedPicture mapped(info, picture, static_cast<GstMapFlags>(GST_MAP_READ | GST_MAP_WRITE));
  if (!mapped.mapped()) return false;
  const int bits = static_cast<int>(GST_VIDEO_INFO_COMP_DEPTH(&info, 0));
  for (int plane = 0; plane < 3; ++plane) {
    if (bits > 8) {
      LimitRange(PlaneOf<std::uint16_t>(mapped.frame(), plane), bits, plane > 0);
    } else {
      LimitRange(PlaneOf<std::uint8_t>(mapped.frame(), plane), bits, plane > 0);
    }
  }
  return true;
}

GstPtr<GstBuffer> LayerFitter::Map(const ToneStage& stage, GstBuffer* picture) {
  GstPtr<GstBuffer> mapped = TakeBuffer(stage.pool.get());
  if (!mapped) return nullptr;
  MappedPicture from(stage.from, picture, GST_MAP_READ);
  MappedPicture to(stage.to, mapped.get(), GST_MAP_WRITE);
  if (!from.mapped() || !to.mapped()) return nullptr;
  using Deep = const std::uint16_t;
  stage.mapper.Map({.y = PlaneOf<Deep>(from.frame(), 0),
                    .cb = PlaneOf<Deep>(from.frame(), 1),
                    .cr = PlaneOf<Deep>(from.frame(), 2)},
                   {.y = PlaneOf<std::uint8_t>(to.frame(), 0),
                    .cb = PlaneOf<std::uint8_t>(to.frame(), 1),
                    .cr = PlaneOf<std::uint8_t>(to.frame(), 2)});
  GST_BUFFER_PTS(mapped.get()) = GST_BUFFER_PTS(picture);
  return mapped;
}

GstPtr<GstBuffer> LayerFitter::Rotate(const RotateStage& stage, GstBuffer* picture) {
  GstPtr<GstBuffer> rotated = TakeBuffer(stage.pool.get());
  if (!rotated) return nullptr;
  MappedPicture from(stage.from, picture, GST_MAP_READ);
  MappedPicture to(stage.to, rotated.get(), GST_MAP_WRITE);
  if (!from.mapped() || !to.mapped()) return nullptr;
  for (int plane = 0; plane < 3; ++plane) {
    RotatePlane(PlaneOf<const std::uint8_t>(from.frame(), plane), stage.rotation,
                PlaneOf<std::uint8_t>(to.frame(), plane));
  }
  GST_BUFFER_PTS(rotated.get()) = GST_BUFFER_PTS(picture);
  return rotated;
}

}  // namespace ingress::media::gst
