#pragma once

#include <memory>

#include "base/result.h"
#include "media/gst/gst_ptr.h"
#include "media/picture_fit.h"

namespace ingress::media::gst {

/// Buffers for pictures of one format; null when the pool cannot be made.
GstPtr<GstBufferPool> MakePicturePool(const GstVideoInfo& info);

/// A fresh buffer of the pool; null when there is none.
GstPtr<GstBuffer> TakeBuffer(GstBufferPool* pool);

/// A raw picture, mapped as long as this lives.
class MappedPicture {
 public:
  MappedPicture(const GstVideoInfo& info, GstBuffer* picture, GstMapFlags flags)
      : mapped_(gst_video_frame_map(&frame_, &info, picture, flags) != FALSE) {}
  ~MappedPicture() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedPicture(const MappedPicture&) = delete;
  MappedPicture& operator=(const MappedPicture&) = delete;

  bool mapped() const { return mapped_; }
  GstVideoFrame* frame() { return &frame_; }

 private:
  GstVideoFrame frame_{};
  bool mapped_;
};

/// Converts raw pictures of one format and size into another. One thread.
class Scaler {
 public:
  /// `target`: where in the new picture the old one goes; black is what stays free.
  /// Errors: kUnsupported when the conversion does not exist.
  static Result<Scaler> Make(const GstVideoInfo& from, const GstVideoInfo& to, Rectangle target);

  /// A new picture with the time of `picture`; null when memory cannot be mapped.
  GstPtr<GstBuffer> Scale(GstBuffer* picture);

 private:
  Scaler() = default;

  GstVideoInfo from_{};
  GstVideoInfo to_{};
  GstPtr<GstVideoConverter> converter_;
  GstPtr<GstBufferPool> pool_;
};

}  // namespace ingress::media::gst
