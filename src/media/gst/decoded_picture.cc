#include "media/gst/decoded_picture.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace ingress::media::gst {
namespace {

/// Of planar samples, whose planes both sides put in the same order, RGB as green, blue, red.
GstVideoFormat FormatOf(int format) {
  switch (format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
      return GST_VIDEO_FORMAT_I420;
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
      return GST_VIDEO_FORMAT_Y42B;
    case AV_PIX_FMT_YUV444P:
    case AV_PIX_FMT_YUVJ444P:
      return GST_VIDEO_FORMAT_Y444;
    case AV_PIX_FMT_YUV420P10LE:
      return GST_VIDEO_FORMAT_I420_10LE;
    case AV_PIX_FMT_YUV422P10LE:
      return GST_VIDEO_FORMAT_I422_10LE;
    case AV_PIX_FMT_YUV444P10LE:
      return GST_VIDEO_FORMAT_Y444_10LE;
    case AV_PIX_FMT_YUV420P12LE:
      return GST_VIDEO_FORMAT_I420_12LE;
    case AV_PIX_FMT_YUV422P12LE:
      return GST_VIDEO_FORMAT_I422_12LE;
    case AV_PIX_FMT_YUV444P12LE:
      return GST_VIDEO_FORMAT_Y444_12LE;
    case AV_PIX_FMT_GRAY8:
      return GST_VIDEO_FORMAT_GRAY8;
    case AV_PIX_FMT_GBRP:
      return GST_VIDEO_FORMAT_GBR;
    case AV_PIX_FMT_GBRP10LE:
      return GST_VIDEO_FORMAT_GBR_10LE;
    case AV_PIX_FMT_GBRP12LE:
      return GST_VIDEO_FORMAT_GBR_12LE;
    default:
      return GST_VIDEO_FORMAT_UNKNOWN;
  }
}

GstVideoChromaSite ChromaSiteOf(const AVFrame& frame) {
  switch (frame.chroma_location) {
    case AVCHROMA_LOC_LEFT:
      return GST_VIDEO_CHROMA_SITE_MPEG2;
    case AVCHROMA_LOC_CENTER:
      return GST_VIDEO_CHROMA_SITE_JPEG;
    case AVCHROMA_LOC_TOPLEFT:
      return GST_VIDEO_CHROMA_SITE_COSITED;
    case AVCHROMA_LOC_TOP:
      return GST_VIDEO_CHROMA_SITE_V_COSITED;
    default:
      return GST_VIDEO_CHROMA_SITE_UNKNOWN;
  }
}

/// Both sides number colours as ITU-T H.273 does.
GstVideoColorimetry ColoursOf(const AVFrame& frame) {
  GstVideoColorimetry colours{};
  const bool full = frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P ||
                    frame.format == AV_PIX_FMT_YUVJ422P || frame.format == AV_PIX_FMT_YUVJ444P;
  if (full) {
    colours.range = GST_VIDEO_COLOR_RANGE_0_255;
  } else if (frame.color_range == AVCOL_RANGE_MPEG) {
    colours.range = GST_VIDEO_COLOR_RANGE_16_235;
  }
  colours.matrix = gst_video_color_matrix_from_iso(static_cast<guint>(frame.colorspace));
  colours.transfer = gst_video_transfer_function_from_iso(static_cast<guint>(frame.color_trc));
  colours.primaries = gst_video_color_primaries_from_iso(static_cast<guint>(frame.color_primaries));
  return colours;
}

void SetRatio(AVRational ratio, gint& numerator, gint& denominator) {
  if (ratio.num <= 0 || ratio.den <= 0) return;
  numerator = ratio.num;
  denominator = ratio.den;
}

void Release(gpointer frame) { delete static_cast<std::shared_ptr<const AVFrame>*>(frame); }

}  // namespace

Result<GstVideoInfo> DescribePicture(const AVFrame& frame, AVRational frame_rate) {
  const GstVideoFormat format = FormatOf(frame.format);
  if (format == GST_VIDEO_FORMAT_UNKNOWN) {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    return Fail(ErrorCode::kUnsupported,
                std::string("pictures of ") + (name != nullptr ? name : "unknown") + " samples");
  }
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, static_cast<guint>(frame.width),
                            static_cast<guint>(frame.height));
  const GstVideoColorimetry colours = ColoursOf(frame);
  // Neither RGB nor grey has a matrix that a stream could get wrong: GStreamer's own stays.
  if (GST_VIDEO_INFO_IS_YUV(&info)) info.colorimetry = colours;
  info.chroma_site = ChromaSiteOf(frame);
  SetRatio(frame.sample_aspect_ratio, info.par_n, info.par_d);
  SetRatio(frame_rate, info.fps_n, info.fps_d);
  if (frame.interlaced_frame != 0) info.interlace_mode = GST_VIDEO_INTERLACE_MODE_MIXED;
  return info;
}

GstPtr<GstBuffer> WrapPicture(const std::shared_ptr<const AVFrame>& frame,
                              const GstVideoInfo& info) {
  GstPtr<GstBuffer> picture(gst_buffer_new());
  std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{};
  std::array<gint, GST_VIDEO_MAX_PLANES> strides{};
  const auto planes = static_cast<guint>(GST_VIDEO_INFO_N_PLANES(&info));
  gsize end = 0;
  for (guint plane = 0; plane < planes; ++plane) {
    strides[plane] = frame->linesize[plane];
    offsets[plane] = end;
    const auto height = static_cast<std::size_t>(GST_VIDEO_INFO_COMP_HEIGHT(&info, plane));
    const gsize size = static_cast<gsize>(strides[plane]) * height;
    auto owner = std::make_unique<std::shared_ptr<const AVFrame>>(frame);
    gst_buffer_append_memory(
        picture.get(), gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, frame->data[plane], size, 0,
                                              size, owner.release(), Release));
    end += size;
  }
  gst_buffer_add_video_meta_full(picture.get(), GST_VIDEO_FRAME_FLAG_NONE,
                                 GST_VIDEO_INFO_FORMAT(&info), static_cast<guint>(info.width),
                                 static_cast<guint>(info.height), planes, offsets.data(),
                                 strides.data());
  if (frame->interlaced_frame != 0) {
    GST_BUFFER_FLAG_SET(picture.get(), GST_VIDEO_BUFFER_FLAG_INTERLACED);
    if (frame->top_field_first != 0) {
      GST_BUFFER_FLAG_SET(picture.get(), GST_VIDEO_BUFFER_FLAG_TFF);
    }
  }
  return picture;
}

}  // namespace ingress::media::gst
