#include "media/gst/deinterlacer.h"

#include "media/deinterlace.h"
#include "media/gst/scaler.h"

namespace ingress::media::gst {
namespace {

/// Whole rows of a plane, whichever components they hold.
template <typename Sample>
PlaneView<Sample> RowsOf(GstVideoFrame* frame, int plane) {
  constexpr auto kSize = static_cast<int>(sizeof(Sample));
  int component = 0;
  while (component + 1 < static_cast<int>(GST_VIDEO_FRAME_N_COMPONENTS(frame)) &&
         static_cast<int>(GST_VIDEO_FRAME_COMP_PLANE(frame, component)) != plane) {
    ++component;
  }
  const int bytes =
      GST_VIDEO_FRAME_COMP_WIDTH(frame, component) * GST_VIDEO_FRAME_COMP_PSTRIDE(frame, component);
  return {.data = static_cast<Sample*>(GST_VIDEO_FRAME_PLANE_DATA(frame, plane)),
          .stride = GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane) / kSize,
          .width = bytes / kSize,
          .height = GST_VIDEO_FRAME_COMP_HEIGHT(frame, component)};
}

template <typename Sample>
void DeinterlacePlanes(GstVideoFrame* current, GstVideoFrame* previous, int field,
                       GstVideoFrame* out) {
  for (int plane = 0; plane < static_cast<int>(GST_VIDEO_FRAME_N_PLANES(current)); ++plane) {
    const auto past =
        previous != nullptr ? RowsOf<const Sample>(previous, plane) : PlaneView<const Sample>{};
    DeinterlacePlane(RowsOf<const Sample>(current, plane), past, field, RowsOf<Sample>(out, plane));
  }
}

}  // namespace

bool IsInterlaced(const GstVideoInfo& info, const GstBuffer* picture) {
  if (GST_VIDEO_INFO_IS_INTERLACED(&info) == FALSE) return false;
  return GST_VIDEO_INFO_INTERLACE_MODE(&info) == GST_VIDEO_INTERLACE_MODE_INTERLEAVED ||
         GST_BUFFER_FLAG_IS_SET(picture, GST_VIDEO_BUFFER_FLAG_INTERLACED);
}

GstPtr<GstBuffer> Deinterlacer::MakeField(const GstVideoInfo& info, GstBuffer* picture,
                                          bool second) {
  if (!pool_ || gst_video_info_is_equal(&info_, &info) == FALSE) {
    info_ = info;
    pool_ = MakePicturePool(info);
    previous_.reset();
  }
  if (!pool_) return nullptr;
  GstPtr<GstBuffer> made = TakeBuffer(pool_.get());
  if (!made) return nullptr;
  MappedPicture current(info, picture, GST_MAP_READ);
  MappedPicture past(info, previous_ ? previous_.get() : picture, GST_MAP_READ);
  MappedPicture out(info, made.get(), GST_MAP_WRITE);
  if (!current.mapped() || !past.mapped() || !out.mapped()) return nullptr;
  GstVideoFrame* previous = previous_ ? past.frame() : nullptr;
  const bool top_first = GST_BUFFER_FLAG_IS_SET(picture, GST_VIDEO_BUFFER_FLAG_TFF);
  const int field = top_first == second ? 1 : 0;
  if (GST_VIDEO_INFO_COMP_DEPTH(&info, 0) > 8) {
    DeinterlacePlanes<std::uint16_t>(current.frame(), previous, field, out.frame());
  } else {
    DeinterlacePlanes<std::uint8_t>(current.frame(), previous, field, out.frame());
  }
  GST_BUFFER_PTS(made.get()) = GST_BUFFER_PTS(picture);
  return made;
}

void Deinterlacer::Remember(const GstVideoInfo& info, GstBuffer* picture) {
  if (gst_video_info_is_equal(&info_, &info) != FALSE) previous_.reset(gst_buffer_ref(picture));
}

}  // namespace ingress::media::gst
