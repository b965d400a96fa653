#include "media/gst/scaler.h"

#include <string>
#include <utility>

namespace ingress::media::gst {

GstPtr<GstBufferPool> MakePicturePool(const GstVideoInfo& info) {
  GstPtr<GstBufferPool> pool(gst_video_buffer_pool_new());
  const GstPtr<GstCaps> caps(gst_video_info_to_caps(&info));
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  gst_buffer_pool_config_set_params(config, caps.get(), static_cast<guint>(info.size), 0, 0);
  if (gst_buffer_pool_set_config(pool.get(), config) == FALSE) return nullptr;
  if (gst_buffer_pool_set_active(pool.get(), TRUE) == FALSE) return nullptr;
  return pool;
}

GstPtr<GstBuffer> TakeBuffer(GstBufferPool* pool) {
  GstBuffer* raw = nullptr;
  if (gst_buffer_pool_acquire_buffer(pool, &raw, nullptr) != GST_FLOW_OK) return nullptr;
  return GstPtr<GstBuffer>(raw);
}

Result<Scaler> Scaler::Make(const GstVideoInfo& from, const GstVideoInfo& to, Rectangle target) {
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
      GST_VIDEO_RESAMPLER_METHOD_LINEAR, GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, 1U,
      GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE,
      GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, target.x, GST_VIDEO_CONVERTER_OPT_DEST_Y,
      G_TYPE_INT, target.y, GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, target.width,
      GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, target.height, nullptr);
  scaler.converter_.reset(gst_video_converter_new(&scaler.from_, &scaler.to_, options));
  scaler.pool_ = MakePicturePool(to);
  if (!scaler.converter_ || !scaler.pool_) {
    return Fail(ErrorCode::kUnsupported,
                std::string("cannot convert ") + GST_VIDEO_INFO_NAME(&from) + " pictures");
  }
  return scaler;
}

GstPtr<GstBuffer> Scaler::Scale(GstBuffer* picture) {
  GstPtr<GstBuffer> scaled = TakeBuffer(pool_.get());
  if (!scaled) return nullptr;
  MappedPicture from(from_, picture, GST_MAP_READ);
  MappedPicture to(to_, scaled.get(), GST_MAP_WRITE);
  if (!from.mapped() || !to.mapped()) return nullptr;
  gst_video_converter_frame(converter_.get(), from.frame(), to.frame());
  GST_BUFFER_PTS(scaled.get()) = GST_BUFFER_PTS(picture);
  return scaled;
}

}  // namespace ingress::media::gst
