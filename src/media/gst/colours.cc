#include "media/gst/colours.h"

namespace ingress::media::gst {

std::optional<WideTransfer> WideTransferOf(const GstVideoInfo& info) {
  if (!GST_VIDEO_INFO_IS_YUV(&info)) return std::nullopt;
  const GstVideoColorimetry& colours = info.colorimetry;
  if (colours.transfer == GST_VIDEO_TRANSFER_SMPTE2084) return WideTransfer::kPq;
  if (colours.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) return WideTransfer::kHlg;
  if (colours.primaries == GST_VIDEO_COLOR_PRIMARIES_BT2020) return WideTransfer::kSdr;
  return std::nullopt;
}

void CompleteColours(GstVideoInfo& info) {
  constexpr int kHdHeight = 720;  // GStreamer's own border between BT.601 and BT.709
  if (!GST_VIDEO_INFO_IS_YUV(&info)) return;
  GstVideoColorimetry& colours = info.colorimetry;
  GstVideoColorimetry usual;
  gst_video_colorimetry_from_string(
      &usual, info.height < kHdHeight ? GST_VIDEO_COLORIMETRY_BT601 : GST_VIDEO_COLORIMETRY_BT709);
  if (colours.range == GST_VIDEO_COLOR_RANGE_UNKNOWN) colours.range = usual.range;
  if (colours.matrix == GST_VIDEO_COLOR_MATRIX_UNKNOWN) colours.matrix = usual.matrix;
  if (colours.transfer == GST_VIDEO_TRANSFER_UNKNOWN) colours.transfer = usual.transfer;
  if (colours.primaries == GST_VIDEO_COLOR_PRIMARIES_UNKNOWN) colours.primaries = usual.primaries;
}

void SetLayerColours(const GstVideoInfo& source, bool keep_range, GstVideoInfo& layer) {
  const bool kept = GST_VIDEO_INFO_IS_YUV(&source) && !WideTransferOf(source) &&
                    (source.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT601 ||
                     source.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT709);
  if (kept) {
    layer.colorimetry = source.colorimetry;
    if (!keep_range) layer.colorimetry.range = GST_VIDEO_COLOR_RANGE_16_235;
  } else {
    gst_video_colorimetry_from_string(&layer.colorimetry, GST_VIDEO_COLORIMETRY_BT709);
  }
  layer.chroma_site = GST_VIDEO_CHROMA_SITE_H_COSITED;
}

}  // namespace ingress::media::gst
