#pragma once

#include <cstdint>

#include "base/result.h"
#include "media/video_transcoder.h"

namespace ingress::media {

/// What crosses between the program and libingress_gst.so, which are always built together: one C
/// function and, behind it, the types of video_transcoder.h. Raise the version when those change.
inline constexpr std::uint32_t kGstAbiVersion = 8;
inline constexpr const char* kGstFactoryName = "ingress_gst_make_video_transcoder";
inline constexpr const char* kGstLoadName = "ingress_gst_load";

/// Makes a transcoder the caller owns. Returns null and fills `error` otherwise.
using GstFactory = VideoTranscoder* (*)(std::uint32_t abi_version, VideoTranscoderOptions* options,
                                        VideoTranscoder::Callbacks* callbacks, Error* error);

/// Loads GStreamer and the plugins of the encoders, and says what is missing. Returns false and
/// fills `error` when GStreamer itself is of no use.
using GstLoad = bool (*)(std::uint32_t abi_version, MissingEncoders* missing, Error* error);

}  // namespace ingress::media
