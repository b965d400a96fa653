#include "media/gst/scaler.h"

#include <string>
#include <utility>

namespace ingress::media::gst {
namespace {

GstPtr<GstBufferPool> MakePool(const GstVideoInfo& info) {
  GstPtr<GstBufferPool> pool(gst_video_buffer_pool_new());
  const GstPtr<GstCaps> caps(gst_video_info_to_caps(&info));
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  gst_buffer_pool_config_set_params(config, caps.get(), static_cast<guint>(info.size), 0, 0);
  if (gst_buffer_pool_set_config(pool.get(), config) == FALSE) return nullptr;
  if (gst_buffer_pool_set_active(pool.get(), TRUE) == FALSE) return nullptr;
  return pool;
}

}  // namespace

Result<Scaler> Scaler::Make(const GstVideoInfo& from, const GstVideoInfo& to) {
  Scaler scaler;
  scaler.from_ = from;
  scaler.to_ = to;
  // The converter refuses to look at pictures of different rates; when a picture is shown is not
  // its business, the rate cap has dropped what is too many.
  scaler.to_.fps_n = from.fps_n;
  scaler.to_.fps_d = from.fps_d;
  // Linear with as many taps as the ratio needs: a box of 2 by 2 in the usual halving.
  GstStructure* options = gst_structure_new(
      "options", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
      GST_VIDEO_RESAMPLER_METHOD_LINEAR, GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, 1U, nullptr);
  scaler.converter_.reset(gst_video_converter_new(&scaler.from_, &scaler.to_, options));
  scaler.pool_ = MakePool(to);
  if (!scaler.converter_ || !scaler.pool_) {
    return Fail(ErrorCode::kUnsupported,
                std::string("cannot convert ") + GST_VIDEO_INFO_NAME(&from) + " pictures");
  }
  return scaler;
}

GstPtr<GstBuffer> Scaler::Scale(GstBuffer* picture) {
  GstBuffer* raw = nullptr;
  if (gst_buffer_pool_acquire_buffer(pool_.get(), &raw, nullptr) != GST_FLOW_OK) return nullptr;
  GstPtr<GstBuffer> scaled(raw);
  GstVideoFrame from;
  GstVideoFrame to;
  if (gst_video_frame_map(&from, &from_, picture, GST_MAP_READ) == FALSE) return nullptr;
  if (gst_video_frame_map(&to, &to_, scaled.get(), GST_MAP_WRITE) == FALSE) {
    gst_video_frame_unmap(&from);
    return nullptr;
  }
  gst_video_converter_frame(converter_.get(), &from, &to);
  gst_video_frame_unmap(&to);
  gst_video_frame_unmap(&from);
  GST_BUFFER_PTS(scaled.get()) = GST_BUFFER_PTS(picture);
  return scaled;
}

}  // namespace ingress::media::gst
